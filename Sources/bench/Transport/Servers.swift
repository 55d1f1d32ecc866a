import Foundation

/// The servers that are measured side by side.
enum Server: String, CaseIterable {
    case c = "bare C"
    case muster
    case cpp = "C++ gRPC"
    case grpcSwift = "grpc-swift-2"

    /// The peers' program in the folder that `deploy/bench/transport` builds them in.
    private var program: String? {
        switch self {
        case .c: "c-server"
        case .muster: nil
        case .cpp: "cpp-server"
        case .grpcSwift: "grpc-swift-server"
        }
    }

    /// Starts it on its core and waits until it listens.
    func start(
        _ settings: TransportSettings, arguments: [String] = [],
        environment: [String: String] = [:]
    ) throws -> RunningServer {
        let path = program.map { settings.peers + "/" + $0 } ?? settings.bench
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchError(
                "\(path) is missing: deploy/bench/transport builds the peers and runs this")
        }
        let process = try MeasuredProcess(
            name: rawValue, command: [path] + (program == nil ? ["serve"] : []) + arguments,
            core: settings.serverCore, environment: environment)
        let line = try process.line(after: "listening")
        guard let port = Int(line) else { throw BenchError("\(rawValue) listens on \(line)?") }
        return RunningServer(kind: self, process: process, port: port)
    }
}

/// A server that listens.
struct RunningServer {
    let kind: Server
    let process: MeasuredProcess
    let port: Int
}

/// Where the programs are and how long to measure.
struct TransportSettings {
    /// The folder of the peers' programs.
    var peers: String
    /// This program.
    var bench: String
    /// The product.
    var muster: String
    /// Whether the manager's workers use TLS; without it figures are for comparison only.
    var isManagerTLS: Bool
    /// Files for h2load go here.
    var scratch: String
    /// The one core that what is measured may run on; any if `nil`.
    var serverCore: Int?
    var loadCore: Int
    var rounds: Int
    /// Seconds of one measured load.
    var seconds: Double
    /// Connections that are held to measure their memory.
    var held: Int

    /// What makes `bench serve` and `bench hold` use TLS, both with certificates of one authority.
    var authorityArguments: [String] { ["--authority", scratch + "/authority"] }
}
