import Foundation

/// One operation of the ECS API, again and again, over eight connections that stay open.
struct APILoad {
    var operation: String
    var input: [String: Any]
    /// What each answer must hold, and how often: a refusal has none of it.
    var sign: (text: String, count: Int)

    static let connections = 8

    /// How fast it was answered.
    struct Result {
        var callsPerSecond: Double
        /// Milliseconds within which 99 of 100 calls were answered.
        var late: Double
    }

    func run(port: Int, _ settings: TransportSettings) throws -> Result {
        try check(port: port)
        let short = try measure(port: port, calls: 200, settings)
        let calls = max(200, Int(short.callsPerSecond * settings.seconds))
        return try measure(port: port, calls: calls, settings)
    }

    /// The answer is what it should be; in the loads the status alone is looked at.
    private func check(port: Int) throws {
        let answer = try APIClient(port: port).call(operation, input)
        let text = String(
            decoding: try JSONSerialization.data(withJSONObject: answer), as: UTF8.self)
        let count = text.components(separatedBy: sign.text).count - 1
        guard count == sign.count else {
            throw BenchError(
                "\(operation) has \"\(sign.text)\" \(count) times and not \(sign.count) in its "
                    + "answer: \(text.prefix(2_000))")
        }
    }

    private func measure(
        port: Int, calls: Int, _ settings: TransportSettings
    ) throws -> Result {
        let body = settings.scratch + "/request.json"
        let log = settings.scratch + "/calls.tsv"
        try JSONSerialization.data(
            withJSONObject: input, options: .withoutEscapingSlashes
        ).write(to: URL(fileURLWithPath: body))
        try? FileManager.default.removeItem(atPath: log)
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["timeout", "--kill-after=5", "300", "taskset", "-c", "\(settings.loadCore)"]
            + ["h2load", "--h1", "-t", "1", "-n", "\(calls)", "-c", "\(Self.connections)"]
            + ["-d", body, "--log-file", log]
            + ["-H", "content-type: application/x-amz-json-1.1"]
            + ["-H", "x-amz-target: AmazonEC2ContainerServiceV20141113.\(operation)"]
            + ["-H", "authorization: \(APIClient.signature)"]
            + ["http://127.0.0.1:\(port)/"]
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let report = H2LoadReport(text: String(decoding: text, as: UTF8.self))
        guard process.terminationStatus == 0, report.number(before: "2xx") == Double(calls),
            let rate = report.number(before: "req/s")
        else { throw BenchError("not all calls of \(operation) succeeded:\n\(report.text)") }
        return Result(callsPerSecond: rate, late: try Self.late(in: log))
    }

    /// Of h2load's log the third column is how long each call took, in microseconds.
    private static func late(in log: String) throws -> Double {
        let text = try String(contentsOfFile: log, encoding: .utf8)
        let times = text.split(separator: "\n").compactMap { line in
            line.split(separator: "\t").dropFirst(2).first.flatMap { Double($0) }
        }.sorted()
        guard !times.isEmpty else { throw BenchError("h2load logged no calls") }
        return times[min(times.count - 1, times.count * 99 / 100)] / 1_000
    }
}
