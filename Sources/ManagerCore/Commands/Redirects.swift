import ClusterState
import HashTreeCollections
import Model
import OrderedCollections

extension ManagerCore {
    /// Tells workers to go to other managers. Nothing is recorded: a worker that goes is lost here
    /// when its lease runs out, and one that is not taken there comes back as it was.
    mutating func redirect(_ request: RedirectWorkers) throws(APIError) -> Outcome {
        let cluster = try activeCluster(request.cluster)
        guard !request.managers.isEmpty else {
            throw APIError(.invalidParameter, "No manager is given for the workers to go to.")
        }
        let instances = try listening(request.worker, in: cluster)
        for (index, instance) in instances.enumerated() {
            guard let session = sessions[instance.id] else { continue }
            let manager = request.managers[index % request.managers.count]
            let redirect = Redirect(manager: manager, within: request.within)
            effects.sends.append(.init(session: session.id, update: .redirect(redirect)))
        }
        notice(
            .info, "workers were sent to other managers",
            [
                "cluster": cluster.name, "workers": "\(instances.count)",
                "managers": request.managers.joined(separator: ","),
            ])
        return .instances(instances, missing: [])
    }

    /// Those that can be told something now.
    private func listening(
        _ worker: String?, in cluster: Cluster
    ) throws(APIError) -> [ContainerInstance] {
        let all = state.instances(of: cluster.id).filter { $0.status != .inactive }
        guard let worker else {
            return all.filter { sessions[$0.id]?.isListening == true }
        }
        let meant = all.filter { $0.name == worker || "\($0.id)" == worker }
        guard !meant.isEmpty else {
            throw APIError(
                .invalidParameter,
                "No worker of cluster \(cluster.name) is called \(worker.clipped). Give the name "
                    + "or id that 'muster status' shows.")
        }
        let listening = meant.filter { sessions[$0.id]?.isListening == true }
        guard !listening.isEmpty else {
            throw APIError(
                .invalidParameter,
                "Worker \(worker.clipped) is not connected: it can't be told to go anywhere. Try "
                    + "again when 'muster status' shows it connected.")
        }
        return listening
    }
}
