import ClusterState
import HashTreeCollections
import Model
import Placement

extension ManagerCore {
    /// A service's tasks in the order in which it gives them up, by the strategies by which it
    /// places them; those that are protected come last.
    mutating func inOrderOfScaleIn(
        _ tasks: TreeDictionary<TaskID, TaskOutline>, of service: Service
    ) -> [(key: TaskID, value: TaskOutline)] {
        let strategies =
            service.placementStrategy.isEmpty ? Need.serviceDefault : service.placementStrategy
        let isPacked = strategies.contains { if case .binpack = $0 { true } else { false } }
        var occupants: [Occupant] = []
        var hosts: [InstanceID: ScaleIn.Host] = [:]
        occupants.reserveCapacity(tasks.count)
        for (id, task) in tasks {
            occupants.append(
                Occupant(
                    task: id, instance: task.instance, createdAt: task.createdAt,
                    resources: isPacked ? state.tasks[id]?.reserved ?? Resources() : Resources(),
                    isProtected: task.isProtected(at: now.wall)))
            if hosts[task.instance] == nil { hosts[task.instance] = host(task.instance) }
        }
        let order = ScaleIn.order(occupants, on: hosts, by: strategies, using: &random)
        let kept = occupants.filter(\.isProtected).map(\.task).sorted()
        return (order + kept).compactMap { id in tasks[id].map { (id, $0) } }
    }

    private func host(_ id: InstanceID) -> ScaleIn.Host {
        guard let instance = state.instances[id] else { return ScaleIn.Host() }
        let usage = state.usage(of: id)
        return ScaleIn.Host(
            attributes: instance.attributes, freeCPU: instance.registered.cpu - usage.cpu,
            freeMemory: instance.registered.memory - usage.memory)
    }
}
