import Model
import Placement
import Properties
import QueryLanguage
import Testing

/// Instances and a task that none of them may be able to take.
private struct Plight: CustomStringConvertible {
    var candidates: [Candidate]
    var need: Need

    var description: String {
        "\(need)\n  on " + candidates.map { "\($0)" }.joined(separator: "\n    ")
    }

    static let expressions = [
        "attribute:rack == r1 and attribute:disk exists and runningTasksCount < 2",
        "attribute:rack == r1 and (attribute:disk == ssd or task:group == other)",
        "not(task:group =~ o.*)", "agentVersion >= 1.10 and attribute:rack != r2",
    ]

    init(_ random: inout SeededRandom) {
        func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
        func amount() -> Int { Int.random(in: 0...4, using: &random) * 50 }
        func ports() -> Set<Int> { chance(3) ? [53, 80] : chance(2) ? [53] : [] }
        candidates = (1...Int.random(in: 1...4, using: &random)).map { number in
            let attributes = [
                Attribute(name: "rack", value: "r1"), Attribute(name: "rack", value: "r2"),
                Attribute(name: "disk", value: "ssd"), Attribute(name: "disk", value: "hdd"),
            ].filter { _ in chance(3) }
            var candidate = BoardTests.candidate(
                number, cpu: amount(), memory: amount(), status: chance(6) ? .draining : .active,
                connected: !chance(6), tasks: chance(2) ? 1 : 2, ofGroup: chance(3) ? 1 : 0,
                tcp: ports(), attributes: attributes)
            candidate.instance.agentVersion = chance(2) ? "1.9" : "1.20"
            candidate.udpPorts = ports()
            candidate.freeGPUs = Int.random(in: 0...1, using: &random)
            return candidate
        }
        var constraints = Self.expressions.filter { _ in chance(3) }
            .map { PlacementConstraint.memberOf(ClusterQuery(accepted: $0)) }
        if chance(4) { constraints.insert(.distinctInstance, at: 0) }
        need = Need(
            resources: Resources(
                cpu: amount(), memory: amount(), tcpPorts: ports().sorted(),
                udpPorts: ports().sorted(), gpus: Int.random(in: 0...2, using: &random)),
            requiredAttributes: chance(4) ? [Attribute(name: "disk", value: "ssd")] : [],
            constraints: constraints, strategies: [.spread("instanceId")], group: "g",
            deployment: Board.deployment)
    }

    var smaller: [Plight] {
        let fewer = Property.shorter(candidates).filter { !$0.isEmpty }.map { list in
            with { $0.candidates = list }
        }
        return fewer
            + Property.shorter(need.constraints).map { list in with { $0.need.constraints = list } }
    }

    private func with(_ change: (inout Plight) -> Void) -> Plight {
        var copy = self
        change(&copy)
        return copy
    }
}

extension Plight {
    /// Takes an obstacle away, and no more than that: an amount that is missing is given to the
    /// last unit, less than which must not do.
    ///
    /// - Returns: What is wrong with the obstacle as it was named.
    mutating func remove(_ misfit: Misfit, of index: Int) -> String? {
        switch misfit {
        case .notActive: candidates[index].instance.status = .active
        case .agent: candidates[index].connected = true
        case .attribute(let name):
            candidates[index].instance.attributes.removeAll { $0.name == name }
            candidates[index].instance.attributes.append(
                contentsOf: need.requiredAttributes.filter { $0.name == name })
        case .distinctInstance:
            candidates[index].tasks -= candidates[index].tasksOfGroup
            candidates[index].tasksOfGroup = 0
            candidates[index].tasksOfCrew = 0
            candidates[index].groups.remove("g")
        case .memberOf(let query, let failing): return dismiss(failing, of: query)
        case .cpu(let needed, let free): return give(needed - free, to: index, \.freeCPU)
        case .memory(let needed, let free): return give(needed - free, to: index, \.freeMemory)
        case .gpu(let needed, let free): return give(needed - free, to: index, \.freeGPUs)
        case .port(let port, .tcp): candidates[index].tcpPorts.remove(port)
        case .port(let port, .udp): candidates[index].udpPorts.remove(port)
        }
        return nil
    }

    private mutating func give(
        _ amount: Int, to index: Int, _ free: WritableKeyPath<Candidate, Int>
    ) -> String? {
        guard amount > 0 else { return "\(amount) are missing" }
        candidates[index][keyPath: free] += amount - 1
        if candidates[index].misfit(for: need) == nil { return "less would have done" }
        candidates[index][keyPath: free] += 1
        return nil
    }

    /// Leaves the failing part out of an expression.
    private mutating func dismiss(_ failing: Clause?, of query: ClusterQuery) -> String? {
        guard let failing, let clause = query.clause else { return "no part is named" }
        guard let place = need.constraints.firstIndex(of: .memberOf(query)) else {
            return "\(query) is none of the constraints"
        }
        need.constraints.remove(at: place)
        guard clause != failing else { return nil }
        guard case .all(let parts) = clause, parts.contains(failing) else {
            return "\(failing) is no part of \(query)"
        }
        let left = parts.filter { $0 != failing }.map { "(\($0))" }.joined(separator: " and ")
        need.constraints.insert(.memberOf(ClusterQuery(accepted: left)), at: place)
        return nil
    }
}

@Suite("Obstacles to placement")
struct ObstacleProperties {
    @Test("removing the named obstacles, and nothing else, makes the task schedulable")
    func removal() {
        var removed: [String: Int] = [:]
        let found = Property.search(seeds: 1...3_000) {
            Plight(&$0)
        } shrink: {
            $0.smaller
        } violation: { plight in
            var plight = plight
            var random = SeededRandom(seed: 1)
            var last: Misfit?
            // Each step takes an obstacle away for good, so there are not many.
            for _ in 0..<60 {
                var board = Board(plight.candidates)
                switch board.place(plight.need, using: &random) {
                case .success: return nil
                case .failure(let refusal):
                    guard let nearest = refusal.nearest else { return "no obstacle is named" }
                    guard
                        let index = plight.candidates.firstIndex(where: {
                            $0.instance.id == nearest.instance
                        })
                    else { return "it is not of an instance that there is" }
                    if let fault = plight.remove(nearest.misfit, of: index) { return fault }
                    let now = plight.candidates[index].misfit(for: plight.need)
                    if now == nearest.misfit { return "\(nearest.misfit) is still there" }
                    removed[nearest.misfit.failureReason, default: 0] += 1
                    last = nearest.misfit
                }
            }
            return "there is always another, such as \(last.debugDescription)"
        }
        #expect(found == nil)
        // Every kind of obstacle was met.
        #expect(removed.count == 9 && removed.values.allSatisfy { $0 > 20 }, "\(removed)")
    }
}
