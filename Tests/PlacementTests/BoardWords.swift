import HashTreeCollections
import Model
import Placement

extension Board {
    static let deployment = DeploymentID(number: 2)
    static let older = DeploymentID(number: 1)

    /// A board on which all is as the candidates say.
    init(_ candidates: [Candidate], for group: String = "g") {
        self.init()
        for candidate in candidates {
            var instance = candidate.instance
            instance.registered = Resources(
                cpu: candidate.freeCPU, memory: candidate.freeMemory,
                tcpPorts: candidate.tcpPorts.sorted(), udpPorts: candidate.udpPorts.sorted(),
                gpus: candidate.freeGPUs)
            put(instance, isReached: candidate.connected)
            let others = candidate.groups.filter { $0.key != group }
            let counted = candidate.tasksOfGroup + others.values.reduce(0, +)
            let holdings =
                [
                    (candidate.tasksOfCrew, group, Self.deployment),
                    (candidate.tasksOfGroup - candidate.tasksOfCrew, group, Self.older),
                    (candidate.tasks - counted, "the rest", Self.older),
                ] + others.map { ($0.value, $0.key, Self.older) }
            for (count, group, deployment) in holdings {
                for _ in 0..<max(0, count) {
                    add(
                        Holding(resources: Resources(), group: group, deployment: deployment),
                        on: instance.id)
                }
            }
        }
    }

    /// Places one task by the strategies.
    mutating func place(
        _ need: Need, using random: inout SeededRandom
    ) -> Result<InstanceID, Refusal> {
        let chosen = choose(need, using: &random)
        if case .success(let instance) = chosen { add(need.holding, on: instance) }
        return chosen
    }

    /// Places one task where it is told to, if it fits.
    mutating func place(_ need: Need, on instance: InstanceID) -> Misfit? {
        if let misfit = misfitOfStart(of: need, on: instance) { return misfit }
        add(need.holding, on: instance)
        return nil
    }
}
