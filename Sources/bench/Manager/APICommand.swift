import ArgumentParser
import Foundation

/// The API of a real manager over loopback, and moto's beside it.
struct APICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Measures calls of the ECS API of a manager with many tasks, beside moto.",
        discussion: """
            Run it with deploy/bench/api, which builds all of it and installs moto. The load and \
            the workers have one core; the manager, and moto, may run on any. Exits with 1 when a \
            row misses its target.
            """)

    @Option(help: "The muster program (default: the one beside this).")
    var muster: String?

    @Option(help: "The moto_server program; without it its rows are left out.")
    var moto: String?

    @Option(help: "Rounds of each load.")
    var rounds = 3

    @Option(help: "Seconds of one load in one round.")
    var seconds = 3.0

    @Option(help: "Tasks of the large cluster, in thousands.")
    var tasks = 100

    enum Part: String, CaseIterable, ExpressibleByArgument {
        case describe, list, run, moto
    }

    @Option(help: "These parts only, of: \(Part.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: [Part] = []

    func run() throws {
        let bench = try Bench.Place()
        defer { bench.leave() }
        let settings = TransportSettings(
            peers: "", bench: bench.program, muster: muster ?? bench.muster, isManagerTLS: true,
            scratch: bench.scratch, serverCore: nil, loadCore: bench.loadCore, rounds: rounds,
            seconds: seconds, held: 0)
        let rows = try APIRows(settings: settings, moto: moto, thousands: tasks)
            .measure(only.isEmpty ? Part.allCases : only)
        print("\n" + Table(rows).text)
        let misses = rows.filter { $0.verdict == .miss }.count
        print("\n\(rows.count) rows, \(misses) missed")
        if misses > 0 { throw ExitCode.failure }
    }
}
