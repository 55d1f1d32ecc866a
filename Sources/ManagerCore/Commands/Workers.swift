import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

extension ManagerCore {
    /// Ends a worker's right at once. It can't come back under this identity, so nobody waits for
    /// its lease to run out: it is lost now.
    mutating func revokeWorker(
        _ reference: ClusterReference, _ name: String
    ) throws(APIError) -> Outcome {
        let cluster = try activeCluster(reference)
        let workers = workers(named: name, in: cluster)
        guard !workers.isEmpty else {
            throw APIError(
                .invalidParameter,
                "No worker that joined cluster \(cluster.name) is called \(name.clipped). Give the "
                    + "name or id that 'muster status' shows; a worker without a certificate is "
                    + "deregistered instead, with 'aws ecs deregister-container-instance'.")
        }
        return .workers(workers.map { revoke($0, of: cluster) })
    }

    /// By the worker's id, its instance's, or its name, which a machine that joined anew can share
    /// with its own past.
    private func workers(named name: String, in cluster: Cluster) -> [WorkerIdentity] {
        let all = state.workers(of: cluster.id)
        if let id = WorkerID(name), let worker = all.first(where: { $0.id == id }) {
            return [worker]
        }
        if let id = InstanceID(name), let instance = state.instances[id],
            instance.cluster == cluster.id, let owner = instance.worker
        {
            return all.filter { $0.id == owner }
        }
        return all.filter { $0.name == name }
    }

    private mutating func revoke(_ worker: WorkerIdentity, of cluster: Cluster) -> WorkerIdentity {
        guard worker.revokedAt == nil else { return worker }
        var worker = worker
        worker.revokedAt = now.wall
        record(.worker(worker))
        effects.expulsions.append(worker.id)
        for instance in state.instances(of: worker.id) where instance.cluster == cluster.id {
            sever(instance.id)
            update(instance.id) { $0.agentConnected = false }
            release(instance.id, fromHoldOf: cluster.id)
            if cluster.failover != .aws { giveUp(instance.id, because: "its worker was revoked") }
        }
        notice(
            .warning, "worker revoked",
            ["worker": worker.name, "cluster": cluster.name, "identity": "\(worker.id)"])
        return worker
    }
}
