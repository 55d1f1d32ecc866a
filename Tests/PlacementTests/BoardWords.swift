import Model
import Placement

extension Board {
    static let deployment = DeploymentID(number: 2)
    static let older = DeploymentID(number: 1)

    /// A board on which all is as the candidates say.
    init(_ candidates: [Candidate]) {
        self.init()
        for candidate in candidates {
            var instance = candidate.instance
            instance.registered = Resources(
                cpu: candidate.freeCPU, memory: candidate.freeMemory,
                tcpPorts: candidate.tcpPorts.sorted(), udpPorts: candidate.udpPorts.sorted(),
                gpus: candidate.freeGPUs)
            put(instance, isReached: candidate.connected)
            // One of each other group that the candidate has, the rest of the last of them.
            let others = candidate.groups.subtracting(["g"]).sorted()
            let rest = candidate.tasks - candidate.tasksOfGroup - max(0, others.count - 1)
            let holdings =
                [
                    (candidate.tasksOfCrew, "g", Self.deployment),
                    (candidate.tasksOfGroup - candidate.tasksOfCrew, "g", Self.older),
                    (rest, others.last ?? "other", Self.older),
                ] + others.dropLast().map { (1, $0, Self.older) }
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
        let placed = place(need, count: 1, using: &random)
        if let refusal = placed.refusal { return .failure(refusal) }
        return .success(placed.instances[0])
    }
}
