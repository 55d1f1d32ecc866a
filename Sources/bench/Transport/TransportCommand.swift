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
        let bench = try Bench.Place()
        defer { bench.leave() }
        let settings = TransportSettings(
            peers: peers, bench: bench.program, muster: muster ?? bench.muster,
            isManagerTLS: !noTLS, scratch: bench.scratch, serverCore: bench.serverCore,
            loadCore: bench.loadCore, rounds: quick ? 3 : rounds,
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
