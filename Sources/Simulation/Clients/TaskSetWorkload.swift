import ClusterState
import HashTreeCollections
import Model

extension Workload {
    /// A service whose task sets a program of the user's rolls out. Drawn apart.
    mutating func addTaskSets(seed: UInt64, hosts: Int) {
        var chance = Chance(seed: seed, concern: "task-sets")
        guard chance.happens(400) else { return }
        services.append(
            CreateService(
                service: ServiceReference(cluster: Plan.cluster, name: "x0"), taskDefinition: nil,
                controller: .external, desiredCount: chance.number(1...max(2, min(hosts, 12))),
                clientToken: "create-x0"))
    }
}

/// What a program that rolls a service out does to its task sets.
extension World {
    /// Now and then, where there is such a service.
    func imagineTaskSets(_ client: Int, in cluster: Cluster) -> Command? {
        let seen = manager.disk.state
        let service = seen.services(of: cluster.id).first {
            $0.controller == .external && $0.status == .active
        }
        guard let service, clients[client].ideas.happens(300) else { return nil }
        let reference = ServiceReference(cluster: Plan.cluster, name: service.name)
        let sets = service.taskSets.filter { !$0.isDraining }
        let scales: [Double] = [0, 12.5, 33.3, 50, 100, 100]
        let scale = clients[client].ideas.pick(scales) ?? 100
        let dice = clients[client].ideas.below(100)
        guard let set = clients[client].ideas.pick(sets), dice >= 30 else {
            guard let definition = clients[client].ideas.pick(plan.definitions) else { return nil }
            return .createTaskSet(
                CreateTaskSet(
                    service: reference,
                    taskDefinition: TaskDefinitionReference(
                        region: Plan.region, family: definition.family),
                    scale: scale, clientToken: "set-\(client)-\(now)"))
        }
        switch dice {
        case ..<60: return .updateTaskSet(reference, set.id, scale: scale)
        case ..<80: return .updateServicePrimaryTaskSet(reference, set.id)
        default: return .deleteTaskSet(reference, set.id, force: scale > 0)
        }
    }
}
