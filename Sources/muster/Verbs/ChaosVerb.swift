import ArgumentParser
import Chaos

struct ChaosVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Breaks a cluster on purpose: single faults, or whole failure tests.",
        discussion: """
            A fault on a cluster of `muster up`, undone after its time or at Ctrl-C:

              $ muster chaos freeze worker-2 --for 5s
              $ muster chaos kill-manager --for 2s

            A failure test: a scenario starts a cluster of its own, breaks it by a schedule and \
            judges what happened:

              $ muster chaos run deploy/chaos/host-killed.yaml --html report.html

            Faults: \(Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")). Those of links \
            (partition, delay, drop) are for the workers of `muster chaos run`.
            """,
        subcommands: [ChaosRunVerb.self, ChaosFaultVerb.self],
        defaultSubcommand: ChaosFaultVerb.self)
}
