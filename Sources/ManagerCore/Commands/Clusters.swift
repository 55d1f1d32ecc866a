import ClusterState
import HashTreeCollections
import Model

extension ManagerCore {
    /// Creating a cluster that is there gives it back.
    mutating func create(_ request: CreateCluster) throws(APIError) -> Outcome {
        if let existing = state.cluster(request.cluster), existing.status == .active {
            return .cluster(existing)
        }
        try check(
            request.capacityProviders, request.defaultCapacityProviderStrategy,
            in: request.cluster.region)
        guard state.clusters.count < ManagerSettings.clustersMaximum else {
            throw APIError(
                .limitExceeded,
                "There are \(state.clusters.count) clusters, the most there may be; delete some.")
        }
        let cluster = Cluster(
            id: random.identifier(), region: request.cluster.region, name: request.cluster.name,
            settings: request.settings,
            capacityProviders: request.capacityProviders.isEmpty
                ? nil : request.capacityProviders,
            defaultCapacityProviderStrategy: request.defaultCapacityProviderStrategy.isEmpty
                ? nil : request.defaultCapacityProviderStrategy, tags: request.tags,
            createdAt: now.wall,
            document: request.document)
        record(.cluster(cluster))
        return .cluster(cluster)
    }

    mutating func deleteCluster(_ reference: ClusterReference) throws(APIError) -> Outcome {
        guard var cluster = state.cluster(reference) else {
            throw APIError(.clusterNotFound, "Cluster not found.")
        }
        guard cluster.status == .active else { return .cluster(cluster) }
        if state.instances(of: cluster.id).contains(where: { $0.status != .inactive }) {
            throw APIError(
                .clusterContainsContainerInstances,
                "The Cluster cannot be deleted while Container Instances are active or draining.")
        }
        if state.services(of: cluster.id).contains(where: { $0.status != .inactive }) {
            throw APIError(
                .clusterContainsServices,
                "The Cluster cannot be deleted while Services are active.")
        }
        if state.tasks(of: cluster.id).contains(where: { $0.lastStatus != .stopped }) {
            throw APIError(
                .clusterContainsTasks, "The Cluster cannot be deleted while Tasks are active.")
        }
        cluster.status = .inactive
        record(.cluster(cluster))
        retire(.cluster(cluster.id))
        return .cluster(cluster)
    }
}
