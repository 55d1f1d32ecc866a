import ClusterState
import HashTreeCollections
import Model
import Placement
import Rollout

/// Tasks over capacity providers: which provider each is for, and what that asks of its place.
extension ManagerCore {
    /// The strategy of a request: its own, or else the cluster's, and none where that has none.
    func strategy(
        _ wanted: [CapacityProviderShare]?, in cluster: Cluster
    ) throws(APIError) -> [CapacityProviderShare] {
        let isOwn = wanted != nil
        let strategy = wanted ?? cluster.defaultCapacityProviderStrategy ?? []
        guard !strategy.isEmpty else { return [] }
        let known = cluster.capacityProviders ?? []
        guard strategy.allSatisfy({ known.contains($0.provider) }) else {
            throw APIError(.invalidParameter, Self.notOfCluster)
        }
        guard CapacityProviderSplit.isUsable(strategy) else {
            throw APIError(
                .invalidParameter,
                "There are no capacity providers with a weight value greater than zero defined in "
                    + "the \(isOwn ? "" : "default ")capacity provider strategy. At least one "
                    + "capacity provider must have a weight value greater than zero specified. "
                    + "Update the cluster's default capacity provider strategy or specify a valid "
                    + "capacity provider strategy and try again.")
        }
        return strategy
    }

    /// The provider by name, as what tasks are made from.
    func part(of provider: String, in cluster: ClusterID) -> TaskBlueprint.Part? {
        guard let region = state.clusters[cluster]?.region else { return nil }
        let reference = CapacityProviderReference(region: region, name: provider)
        return state.capacityProviders[reference].map {
            TaskBlueprint.Part(provider: provider, group: $0.group)
        }
    }

    /// What the next tasks of a deployment are made from, one after the other.
    func partition(
        of service: Service, _ deployment: Deployment
    ) -> CapacityProviderSplit? {
        guard let strategy = service.capacityProviderStrategy, !strategy.isEmpty else {
            return nil
        }
        let own = state.outlines(of: service.id).values.lazy.filter {
            $0.deployment == deployment.id && $0.desiredStatus == .running
        }
        return CapacityProviderSplit(strategy, having: own.map(\.capacityProvider))
    }

    /// Tasks in the order in which they are given up, such that what stays is divided by the
    /// service's strategy.
    func evenly(
        _ order: [(key: TaskID, value: TaskOutline)], of service: Service
    ) -> [(key: TaskID, value: TaskOutline)] {
        guard let strategy = service.capacityProviderStrategy, !strategy.isEmpty else {
            return order
        }
        let wanted = order.filter { $0.value.desiredStatus == .running }
        var split = CapacityProviderSplit(
            strategy, having: wanted.lazy.map(\.value.capacityProvider))
        var queues: [String: [(key: TaskID, value: TaskOutline)]] = [:]
        for task in wanted.reversed() {
            queues[task.value.capacityProvider ?? "", default: []].append(task)
        }
        var result: [(key: TaskID, value: TaskOutline)] = []
        while let provider = split.leaving(among: Set(queues.keys)) {
            guard let task = queues[provider]?.popLast() else { break }
            if queues[provider]?.isEmpty == true { queues[provider] = nil }
            result.append(task)
        }
        return result + order.filter { $0.value.desiredStatus != .running }
    }
}
