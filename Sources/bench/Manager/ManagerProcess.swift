import Foundation

/// A real `muster manager` on its own core, with its state in a folder of its own.
final class ManagerProcess {
    let process: MeasuredProcess
    let api: APIClient
    let workerPort: Int
    private let settings: TransportSettings
    private let data: String
    private let apiAddress: String

    /// What a worker of SwarmKit is told too.
    private static let heartbeat = "5s"
    private static let lease = "15s"
    /// What a fleet's workers are told.
    static let fleetTiming = ["--heartbeat", heartbeat, "--lease", lease]
    private static let patience = 20.0

    /// What it says of itself in its data folder.
    private struct Card: Decodable {
        var api: String
        var workers: String
    }

    /// - Parameters:
    ///   - name: of its folder, unique in this run.
    ///   - timing: options for heartbeat and lease; none for the defaults.
    init(
        _ name: String, _ settings: TransportSettings, timing: [String] = fleetTiming
    ) throws {
        self.settings = settings
        data = settings.scratch + "/" + name
        guard FileManager.default.isExecutableFile(atPath: settings.muster) else {
            throw BenchError(
                "\(settings.muster) is missing: deploy/bench/transport builds it and runs this")
        }
        process = try MeasuredProcess(
            name: "muster manager",
            command: [
                settings.muster, "manager", "--data", data, "--api-listen", "127.0.0.1:0",
                "--worker-listen", "127.0.0.1:0",
            ] + timing + (settings.isManagerTLS ? [] : ["--no-tls"]),
            core: settings.serverCore, log: data + ".log")
        let card = try Self.card(data + "/run/process.json", process)
        guard let port = Self.port(card.workers), let apiPort = Self.port(card.api) else {
            throw BenchError("muster manager listens on \(card.workers) and \(card.api)?")
        }
        workerPort = port
        apiAddress = "http://127.0.0.1:\(apiPort)"
        api = APIClient(port: apiPort)
    }

    /// A fleet on the load's core, its identities made.
    func fleet(of count: Int, in clusters: [String]) throws -> FleetProcess {
        for cluster in clusters { _ = try api.call("CreateCluster", ["clusterName": cluster]) }
        let tokens = settings.isManagerTLS ? try clusters.map(token) : []
        let security =
            settings.isManagerTLS
            ? ["--authority", data + "/authority/certificate.pem", "--tokens"] + tokens : []
        return try FleetProcess(
            MeasuredProcess(
                name: "the fleet of \(count * clusters.count) workers",
                command: [
                    settings.bench, "fleet", "--port", "\(workerPort)", "--count", "\(count)",
                    "--clusters",
                ] + clusters + security,
                core: settings.loadCore))
    }

    /// A join token.
    func token(_ cluster: String) throws -> String {
        let maker = try MeasuredProcess(
            name: "muster token",
            command: [
                settings.muster, "token", "create", "--cluster", cluster, "--api", apiAddress,
            ], core: nil)
        return try "muster-1-" + maker.line(after: "muster-1-", separatedBy: "")
    }

    private static func card(_ path: String, _ process: MeasuredProcess) throws -> Card {
        let start = Date()
        while Date().timeIntervalSince(start) < patience {
            if let text = FileManager.default.contents(atPath: path),
                let card = try? JSONDecoder().decode(Card.self, from: text)
            {
                return card
            }
            usleep(20_000)
        }
        throw BenchError("muster manager did not start:\n\(process.logEnd)")
    }

    private static func port(_ address: String) -> Int? {
        address.split(separator: ":").last.flatMap { Int($0) }
    }
}

/// A `bench fleet` and what it answers.
struct FleetProcess {
    let process: MeasuredProcess

    init(_ process: MeasuredProcess) throws {
        self.process = process
        _ = try process.line(after: "joined")
    }

    /// Asks for something and answers with the number that comes of it.
    func ask(_ request: String, _ answer: String) throws -> Double {
        try process.tell(request)
        let text = try process.line(after: answer)
        guard let number = Double(text) else { throw BenchError("\(text) is no number") }
        return number
    }
}
