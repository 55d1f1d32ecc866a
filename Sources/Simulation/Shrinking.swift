/// Makes a failing plan smaller while it fails in the same way.
public enum Shrinking {
    /// - Parameters:
    ///   - runs: How often the simulation may be run at most.
    ///   - fails: Runs a plan; gives what it violates and when.
    /// - Returns: The smallest plan found, which fails too.
    public static func shrink(
        _ plan: Plan, runs: Int = 200,
        fails: (Plan) -> (invariant: String, time: Int64)? = Shrinking.failure
    ) -> Plan {
        guard let first = fails(plan) else { return plan }
        var smallest = plan
        var left = runs
        func accepts(_ candidate: Plan) -> Bool {
            guard left > 0 else { return false }
            left -= 1
            guard let failure = fails(candidate), failure.invariant == first.invariant else {
                return false
            }
            smallest = candidate
            return true
        }
        if let shorter = shortened(smallest, to: first.time) { _ = accepts(shorter) }
        var goesOn = true
        while goesOn, left > 0 {
            goesOn = false
            for candidate in smaller(smallest) where accepts(candidate) {
                goesOn = true
                break
            }
        }
        if let time = fails(smallest)?.time, let shorter = shortened(smallest, to: time) {
            _ = accepts(shorter)
        }
        return smallest
    }

    public static func failure(_ plan: Plan) -> (invariant: String, time: Int64)? {
        Simulation.run(plan).failure.map { ($0.violation.invariant, $0.time) }
    }

    /// What fails while faults occur needs no more of them afterwards.
    private static func shortened(_ plan: Plan, to time: Int64) -> Plan? {
        guard time < plan.faultTime else { return nil }
        var shorter = plan
        shorter.faultTime = time + 1
        return shorter
    }

    /// Plans that are smaller in one respect, the greatest steps first.
    private static func smaller(_ plan: Plan) -> [Plan] {
        var plans: [Plan] = []
        func add(_ change: (inout Plan) -> Void) {
            var smaller = plan
            change(&smaller)
            plans.append(smaller)
        }
        let count = plan.hosts.count
        for fewer in [count / 2, count * 3 / 4, count - 1] where fewer >= 1 && fewer < count {
            add { $0.hosts.removeLast(count - fewer) }
        }
        if plan.clients > 1 { add { $0.clients = 1 } }
        if plan.isBusy { add { $0.isBusy = false } }
        for kind in plan.faults.kinds { add { $0.faults.remove(kind) } }
        for index in plan.services.indices where plan.services.count > 1 {
            add { $0.services.remove(at: index) }
        }
        if plan.usesWire { add { $0.usesWire = false } }
        return plans
    }
}
