import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Placement
import Rollout

/// What is said of rebalancing: over zones in ECS's words (ECS Developer Guide, "Amazon ECS
/// Availability Zone service rebalancing service event messages"), else in like ones.
extension ManagerCore {
    mutating func sayUneven(
        _ service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>
    ) {
        guard rebalancing[service.id]?.isUneven != true else { return }
        rebalancing[service.id, default: Rebalancing()].isUneven = true
        say(
            service,
            "is not AZ balanced with \(counted(tasks.values.map(\.instance))). AZ Rebalancing in "
                + "progress.")
    }

    mutating func sayEven(_ service: Service, _ tasks: TreeDictionary<TaskID, TaskOutline>) {
        guard rebalancing[service.id]?.isUneven == true else { return }
        say(service, "is AZ balanced with \(counted(tasks.values.map(\.instance))).")
    }

    mutating func sayMoving(_ comers: [TaskID], of service: Service, isOverZones: Bool) {
        guard isOverZones else {
            return say(
                service,
                "has started \(comers.count) tasks to rebalance over instances: \(list(comers)).")
        }
        for (zone, tasks) in byZone(comers) {
            say(
                service,
                "has started \(tasks.count) tasks in \(zone) to AZ Rebalance: \(list(tasks)).")
        }
    }

    /// Stops tasks that others were started for.
    mutating func carryOut(leavers: [TaskID], of service: Service, isOverZones: Bool) {
        guard !leavers.isEmpty, let primary = service.deployments.first else { return }
        let what = isOverZones ? "Availability-zone" : "Instance"
        stop(leavers, "\(what) rebalancing initiated by (deployment \(primary.id))")
        guard isOverZones else {
            return say(
                service,
                "has stopped \(leavers.count) running tasks to rebalance over instances: "
                    + "\(list(leavers)).")
        }
        for (zone, tasks) in byZone(leavers) {
            say(
                service,
                "has stopped \(tasks.count) running tasks in \(zone) due to AZ rebalancing: "
                    + "\(list(tasks)).")
        }
    }

    /// Such as `3 tasks in us-east-1a, 1 tasks in us-east-1b`, by zone.
    private func counted(_ instances: [InstanceID]) -> String {
        var counts: [String: Int] = [:]
        for instance in instances { counts[zone(of: instance), default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }
            .map { "\($0.value) tasks in \($0.key)" }.joined(separator: ", ")
    }

    private func byZone(_ tasks: [TaskID]) -> OrderedDictionary<String, [TaskID]> {
        OrderedDictionary(grouping: tasks) { id in
            zone(of: state.tasks[id]?.instance)
        }
    }

    private func zone(of instance: InstanceID?) -> String {
        instance.flatMap { state.instances[$0] }?.attributes
            .first { $0.name == Need.zoneAttribute }?.value ?? "no zone"
    }
}
