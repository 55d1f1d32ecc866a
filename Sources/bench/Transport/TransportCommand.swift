import ArgumentParser
import Foundation

/// The transport against its peers: the table of CPU, memory and time, with a verdict a row.
struct TransportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transport",
        abstract: "Measures the RPC server beside bare C, C++ gRPC and grpc-swift-2.",
        discussion: """
            Run it with deploy/bench/transport, which builds all of them. Servers are pinned to \
            one core and the load to another; loads alternate, and ratios are medians over \
            rounds. Exits with 1 when a row misses its target.
            """)

    @Option(help: "The folder with the peers' programs.")
    var peers = ".build/peers/bin"

    @Option(help: "The muster program (default: the one beside this).")
    var muster: String?

    @Flag(help: "The manager's workers use no TLS: to see what TLS costs there.")
    var noTLS = false

    @Option(help: "Rounds of each load, at least 5 for figures that count.")
    var rounds = 7

    @Option(help: "Seconds of one load in one round.")
    var seconds = 1.5

    @Option(help: "Connections held to measure their memory.")
    var held = 10_000

    @Option(
        parsing: .upToNextOption,
        help: "Measures these parts only, of: \(TransportSuite.Part.names).")
    var only: [TransportSuite.Part] = []

    @Flag(help: "Short loads, three rounds, 2,000 connections: to see that all of it runs.")
    var quick = false

    func run() throws {
        try Limits.raiseOpenFiles()
        let cores = try Limits.cores()
        guard let loadCore = cores.first, let serverCore = cores.dropFirst().first else {
            throw BenchError("two cores are needed, one for the server and one for the load")
        }
        let scratch = NSTemporaryDirectory() + "/bench-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let program = try FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/\(getpid())/exe")
        let settings = TransportSettings(
            peers: peers, bench: program,
            muster: muster ?? (program as NSString).deletingLastPathComponent + "/muster",
            isManagerTLS: !noTLS, scratch: scratch,
            serverCore: serverCore, loadCore: loadCore, rounds: quick ? 3 : rounds,
            seconds: quick ? 0.3 : seconds, held: quick ? 2_000 : held)
        let rows = TransportSuite(settings: settings).run(
            only.isEmpty ? TransportSuite.Part.allCases : only)
        print("\n" + Table(rows).text)
        let misses = rows.filter { $0.verdict == .miss }.count
        print("\n\(rows.count) rows, \(misses) missed")
        if misses > 0 { throw ExitCode.failure }
    }
}

extension TransportSuite.Part: ExpressibleByArgument {
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
