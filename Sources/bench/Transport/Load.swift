import Foundation

/// What `h2load` is to do: calls over so many connections with so many streams each.
struct Load {
    var path: String
    var message: [UInt8]
    var connections: Int
    var streams: Int
    var isTLS = false
    /// Whether opening connections, with all that TLS does then, is left out of the cost.
    var countsCallsOnly = false
    /// Bytes of DATA that the right answer has. A refusal or another answer has others: with gRPC
    /// the HTTP status tells nothing.
    var answerBytes: Int
    /// What the cost of a call is divided by.
    var messagesPerCall = 1

    static func heartbeats(connections: Int, streams: Int) -> Load {
        Load(
            path: BenchSamples.heartbeatPath, message: BenchSamples.heartbeat,
            connections: connections, streams: streams,
            answerBytes: BenchSamples.framed(BenchSamples.heartbeatAnswer).count)
    }

    static func assignments(connections: Int, streams: Int) -> Load {
        let count = 1_000
        return Load(
            path: BenchSamples.assignmentsPath, message: BenchSamples.assignments(count: count),
            connections: connections, streams: streams,
            answerBytes: BenchSamples.assignmentsAnswerSize(count: count), messagesPerCall: count)
    }

    /// The fewest calls that open all connections and use all streams.
    var fewest: Int { connections * streams }
}

/// What a run of a load cost.
struct LoadResult {
    /// CPU time of the server per message or call.
    var nanoseconds: Double
    var callsPerSecond: Double
}

/// Runs loads with h2load and believes them only if every call succeeded.
struct LoadRunner {
    let settings: TransportSettings

    /// Enough calls to fill the measured time, from a short run.
    func callsToFill(_ load: Load, _ server: RunningServer) throws -> Int {
        let few = max(load.fewest, 2_000 / load.messagesPerCall)
        let first = try run(load, server, calls: few)
        let calls = first.callsPerSecond * settings.seconds
        return max(few, Int(calls.rounded()))
    }

    func run(_ load: Load, _ server: RunningServer, calls: Int) throws -> LoadResult {
        let all = try measure(load, server, calls: calls)
        guard load.countsCallsOnly, calls > load.fewest else {
            return LoadResult(
                nanoseconds: all.nanoseconds / Double(calls * load.messagesPerCall),
                callsPerSecond: all.callsPerSecond)
        }
        // What connections cost is in both runs.
        let few = try measure(load, server, calls: load.fewest)
        return LoadResult(
            nanoseconds: (all.nanoseconds - few.nanoseconds)
                / Double((calls - load.fewest) * load.messagesPerCall),
            callsPerSecond: all.callsPerSecond)
    }

    /// The server's CPU time for all of a run.
    private func measure(
        _ load: Load, _ server: RunningServer, calls: Int
    ) throws -> (nanoseconds: Double, callsPerSecond: Double) {
        let before = server.process.cpuNanoseconds
        let report = try h2load(load, port: server.port, calls: calls)
        let after = server.process.cpuNanoseconds
        try check(report, load, calls: calls, server: server.kind.rawValue)
        guard let rate = report.number(before: "req/s") else {
            throw BenchError("h2load said no rate:\n\(report.text)")
        }
        return (after - before, rate)
    }

    private func check(_ report: H2LoadReport, _ load: Load, calls: Int, server: String) throws {
        guard report.number(before: "succeeded") == Double(calls),
            report.number(before: "2xx") == Double(calls)
        else { throw BenchError("not all calls to \(server) succeeded:\n\(report.text)") }
        guard report.dataBytes == calls * load.answerBytes else {
            throw BenchError(
                "\(server) answered \(report.dataBytes ?? 0) bytes where "
                    + "\(calls * load.answerBytes) are right:\n\(report.text)")
        }
        if load.isTLS && !report.text.contains("TLSv1.3") {
            throw BenchError("the connections are not TLS 1.3:\n\(report.text)")
        }
    }

    private func h2load(_ load: Load, port: Int, calls: Int) throws -> H2LoadReport {
        let file = settings.scratch + "/request"
        try Data(BenchSamples.framed(load.message)).write(to: URL(fileURLWithPath: file))
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["timeout", "--kill-after=5", "120", "taskset", "-c", "\(settings.loadCore)"]
            + ["h2load", "-t", "1", "-n", "\(calls)", "-c", "\(load.connections)"]
            + ["-m", "\(load.streams)", "-d", file]
            + ["-H", "te: trailers", "-H", "content-type: application/grpc"]
            + ["\(load.isTLS ? "https" : "http")://127.0.0.1:\(port)\(load.path)"]
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let report = H2LoadReport(text: String(decoding: text, as: UTF8.self))
        guard process.terminationStatus == 0 else {
            throw BenchError("h2load ended with \(process.terminationStatus):\n\(report.text)")
        }
        return report
    }
}

/// What h2load printed.
struct H2LoadReport {
    var text: String

    /// The number in front of a word, as in `400 succeeded`.
    func number(before word: String) -> Double? {
        let words = text.split { " ,\n".contains($0) }
        return words.firstIndex { $0 == word }.flatMap { $0 > 0 ? Double(words[$0 - 1]) : nil }
    }

    /// The bytes of `4.20MB (4400000) data`.
    var dataBytes: Int? {
        guard let end = text.range(of: ") data"),
            let start = text[..<end.lowerBound].range(of: "(", options: .backwards)
        else { return nil }
        return Int(text[start.upperBound..<end.lowerBound])
    }
}
