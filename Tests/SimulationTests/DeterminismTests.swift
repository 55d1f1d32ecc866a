import Simulation
import Testing

@Suite("A simulated run")
struct DeterminismTests {
    @Test("The same seed gives the same run", arguments: [1, 2, 3] as [UInt64])
    func twice(seed: UInt64) {
        let plan = Plan(seed: seed, workers: 6, minutes: 7)
        let first = Simulation.run(plan)
        let second = Simulation.run(plan, trace: .tail)
        #expect(first.digest == second.digest && first.coreEvents == second.coreEvents)
        #expect(first.failure == nil, "\(String(describing: first.failure?.violation))")
    }

    @Test("Another seed gives another run")
    func other() {
        let digests = (1...4 as ClosedRange<UInt64>).map {
            Simulation.run(Plan(seed: $0, workers: 3, minutes: 6)).digest
        }
        #expect(Set(digests).count == 4)
    }

    @Test("A kind of fault that is turned off leaves the moments of all others as they were")
    func independence() {
        var plan = Plan(seed: 11, workers: 5, minutes: 20)
        plan.faults = FaultSet([.agentCrash, .clog])
        let both = deaths(in: plan)
        plan.faults.remove(.clog)
        let one = deaths(in: plan)
        #expect(!one.isEmpty && both.map(\.prefix20) == one.map(\.prefix20))
    }

    private func deaths(in plan: Plan) -> [String] {
        let lines = Lines()
        _ = Simulation.run(plan, trace: .all { lines.add($0) })
        return lines.all.filter { $0.contains("the agent is killed") }
    }
}

/// What a run's log says.
final class Lines {
    private(set) var all: [String] = []

    func add(_ line: String) { all.append(line) }
}

extension String {
    /// The time of a line of the log.
    var prefix20: String { String(prefix(11)) }
}
