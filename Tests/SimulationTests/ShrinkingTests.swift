import Simulation
import Testing

@Suite("Shrinking a failure")
struct ShrinkingTests {
    @Test("What the failure does not need goes")
    func smaller() {
        var plan = Plan(seed: 1, workers: 40)
        plan.faults = .all
        let smallest = Shrinking.shrink(plan) { candidate in
            guard candidate.hosts.count >= 7, candidate.faults.contains(.partition),
                candidate.faults.contains(.torn), candidate.faultTime > 60_000
            else { return nil }
            return ("an invariant", 60_000)
        }
        #expect(smallest.hosts.count == 7)
        #expect(smallest.faults.kinds == [.partition, .torn])
        #expect(smallest.faultTime == 60_001 && smallest.clients == 1 && !smallest.isBusy)
    }

    @Test("A plan that fails in another way is no smaller form of the failure")
    func otherFailure() {
        let plan = Plan(seed: 1, workers: 10)
        let smallest = Shrinking.shrink(plan) { candidate in
            (candidate.hosts.count == 10 ? "one" : "another", plan.faultTime + 1)
        }
        #expect(smallest.hosts.count == 10)
    }

    @Test("It ends after the runs it may make")
    func bounded() {
        var runs = 0
        _ = Shrinking.shrink(Plan(seed: 1, workers: 50), runs: 10) { _ in
            runs += 1
            return ("an invariant", 1)
        }
        #expect(runs <= 12)
    }
}

extension FaultKind {
    fileprivate static var torn: FaultKind { .tornTail }
}
