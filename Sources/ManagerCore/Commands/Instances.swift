import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

extension ManagerCore {
    mutating func deregister(
        _ reference: InstanceReference, force: Bool
    ) throws(APIError) -> Outcome {
        let cluster = try activeCluster(reference.cluster)
        guard let instance = state.instances[reference.id], instance.cluster == cluster.id,
            instance.status != .inactive
        else {
            throw APIError(
                .invalidParameter, "The referenced container instance was not found.")
        }
        let tasks = state.liveTasks(on: instance.id)
        guard force || tasks.isEmpty else {
            throw APIError(.invalidParameter, "Found running tasks on the instance.")
        }
        update(instance.id) { $0.status = .inactive }
        reconsiderDaemons(of: cluster.id)
        let reason = "Container instance deregistration forced by user"
        let wall = now.wall
        for task in tasks {
            guard sessions[instance.id] != nil else {
                closeUnheard(task, code: .userInitiated, reason: reason)
                continue
            }
            update(task.id) { task in
                task.desiredStatus = .stopped
                task.stopCode = task.stopCode ?? .userInitiated
                task.stoppedReason = task.stoppedReason ?? reason
                task.stoppingAt = task.stoppingAt ?? wall
            }
        }
        retire(.instance(instance.id))
        return .instance(state.instances[instance.id] ?? instance)
    }

    mutating func setState(
        of ids: [InstanceID], in reference: ClusterReference, to wish: UpdatedInstanceState
    ) throws(APIError) -> Outcome {
        let cluster = try activeCluster(reference)
        var changed: [ContainerInstance] = []
        var missing: [InstanceID] = []
        for id in ids {
            guard let instance = state.instances[id], instance.cluster == cluster.id,
                instance.status != .inactive
            else {
                missing.append(id)
                continue
            }
            update(id) { $0.status = wish == .active ? .active : .draining }
            changed.append(state.instances[id] ?? instance)
            reconsiderServices(on: id)
        }
        roomAppeared(in: cluster.id)
        return .instances(changed, missing: missing)
    }
}
