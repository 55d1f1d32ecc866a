import ArgumentParser
import Foundation

/// The agent: what it adds to containerd's own time, and what it costs.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Measures a worker's agent: overhead, starts beside containerd alone, cost.",
        discussion: """
            Run it with deploy/bench/worker, which builds all of it and makes a host with a \
            containerd. Exits with 1 when a row misses its target.
            """)

    @Option(help: "The muster program (default: the one beside this).")
    var muster: String?

    @Option(help: "The socket of a containerd that runs nothing else; without it only overhead.")
    var containerd: String?

    @Option(help: "The image whose containers are started; it has a sleep.")
    var image = "busybox:1"

    @Option(help: "The network mode of the tasks: bridge or host.")
    var network = "bridge"

    @Option(help: "Tasks that are started in a round, and run while nothing happens.")
    var tasks = 100

    @Option(help: "Rounds of starts by Muster and by containerd alone.")
    var rounds = 5

    @Option(help: "Tasks of each measurement of overhead.")
    var samples = 300

    @Option(help: "Seconds over which the idle agent's CPU time is taken.")
    var seconds = 60.0

    enum Part: String, CaseIterable, ExpressibleByArgument {
        case overhead, starts, idle
    }

    @Option(
        parsing: .upToNextOption,
        help: "These parts only, of: \(Part.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: [Part] = []

    func run() throws {
        let bench = try Bench.Place()
        defer { bench.leave() }
        let settings = TransportSettings(
            peers: "", bench: bench.program, muster: muster ?? bench.muster, isManagerTLS: true,
            scratch: bench.scratch, serverCore: nil, loadCore: bench.loadCore, rounds: rounds,
            seconds: seconds, held: 0)
        let parts = only.isEmpty ? Part.allCases : only
        var rows: [Row] = []
        if parts.contains(.overhead) {
            rows += try OverheadRows(settings: settings, count: samples, say: say).rows()
        }
        if let containerd, parts != [.overhead] {
            rows += try HostRows(
                settings: settings, socket: containerd, image: image, network: network,
                tasks: tasks, say: say
            ).rows(parts)
        }
        print("\n" + Table(rows).text)
        let misses = rows.filter { $0.verdict == .miss }.count
        print("\n\(rows.count) rows, \(misses) missed")
        if misses > 0 { throw ExitCode.failure }
    }

    private func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
