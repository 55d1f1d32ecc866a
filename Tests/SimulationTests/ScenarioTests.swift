import Simulation
import Testing

/// Seeds that found a bug, cut down to what it needed: they stay well.
@Suite("Scenarios of bugs that were found")
struct ScenarioTests {
    struct Scenario: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]

        var testDescription: String { name }
    }

    static let all = [
        Scenario(
            name: "a worker gives up on a manager that stands still, and has to wait",
            arguments: [
                "3", "--workers", "4", "--fault-time", "491374", "--faults",
                "loss,partition,manager-pause,full-disk,out-of-memory,client-race", "--clients",
                "1", "--no-wire",
            ]),
        Scenario(
            name: "a registration is long in the journal, and its worker has gone meanwhile",
            arguments: [
                "42", "--workers", "9", "--fault-time", "376508", "--faults",
                "one-way,reset,slow-disk,full-disk,wall-jump,drift,start-failure,pull-failure",
            ]),
        Scenario(
            name: "a host loses power and memory while a task of two containers is half started",
            arguments: [
                "148", "--fault-time", "171708", "--faults",
                "duplication,reordering,clog,partition,manager-crash,slow-disk,power-loss,"
                    + "early-exit,client-retry,client-race,operators",
            ]),
        Scenario(
            name: "a manager stands still while workers are on the way back to it",
            arguments: ["1151"]),
        Scenario(
            name: "assignments are asked for, and the journal holds the answer for ten heartbeats",
            arguments: ["3302"]),
        Scenario(
            name: "a host loses power, and its worker no longer knows why a task was ending",
            arguments: ["2023"]),
        Scenario(
            name: "a proxy sends a registration again when its worker has more tasks",
            arguments: [
                "171", "--fault-time", "148222", "--faults",
                "loss,duplication,one-way,manager-crash,manager-pause,slow-disk,agent-crash,"
                    + "power-loss,early-exit,pull-failure,operators",
            ]),
        Scenario(
            name: "a worker becomes another instance with tasks of the one that it was",
            arguments: [
                "103", "--fault-time", "722709", "--faults",
                "loss,duplication,reordering,one-way,partition,reset,manager-crash,power-loss,"
                    + "host-pause,drift,early-exit,out-of-memory,pull-failure,client-race,"
                    + "operators",
            ]),
        Scenario(
            name: "a manager with a slow journal turns a worker away until its lease is over",
            arguments: ["1595", "--fault-time", "1321754"]),
    ]

    @Test(arguments: all)
    func staysWell(_ scenario: Scenario) throws {
        var rest = scenario.arguments[...]
        var plan = Plan(seed: UInt64(rest.removeFirst()) ?? 0)
        while let argument = rest.popFirst() {
            _ = try plan.apply(argument) { () throws(Plan.ArgumentError) in rest.popFirst() ?? "" }
        }
        let outcome = Simulation.run(plan, trace: .tail)
        let log = outcome.failure?.log.suffix(40).joined(separator: "\n") ?? ""
        #expect(outcome.failure == nil, "\(String(describing: outcome.failure?.violation))\n\(log)")
    }
}
