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
        guard state.clusters.count < settings.quotas.clusters else {
            throw APIError(
                .limitExceeded,
                "There are \(state.clusters.count) clusters, the most there may be; delete some.")
        }
        let cluster = Cluster(
            id: random.identifier(), region: request.cluster.region, name: request.cluster.name,
            settings: clusterSettings(request.settings, in: request.cluster.region),
            capacityProviders: request.capacityProviders.isEmpty
                ? nil : request.capacityProviders,
            defaultCapacityProviderStrategy: request.defaultCapacityProviderStrategy.isEmpty
                ? nil : request.defaultCapacityProviderStrategy, tags: request.tags,
            createdAt: now.wall,
            document: request.document)
        record(.cluster(cluster))
        return .cluster(cluster)
    }

    /// Those of a new cluster: what it leaves out is as the account's settings have it.
    func clusterSettings(_ given: [Cluster.Setting], in region: String) -> [Cluster.Setting] {
        let name = Cluster.insightsSetting
        guard !given.contains(where: { $0.name == name }),
            let value = accountSetting(name, in: region)
        else { return given }
        return [Cluster.Setting(name: name, value: value)] + given
    }

    mutating func update(_ request: UpdateCluster) throws(APIError) -> Outcome {
        let existing = try activeCluster(request.cluster)
        var cluster = existing
        for setting in request.settings {
            cluster.settings.removeAll { $0.name == setting.name }
            cluster.settings.append(setting)
        }
        cluster.document = request.document ?? cluster.document
        if cluster != existing { record(.cluster(cluster)) }
        if existing.failover == .aws, cluster.failover != .aws { giveUpSilent(of: cluster.id) }
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
