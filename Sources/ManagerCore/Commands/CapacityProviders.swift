import ClusterState
import HashTreeCollections
import Model

/// Capacity providers, and which of them a cluster may use.
extension ManagerCore {
    mutating func create(_ request: CreateCapacityProvider) throws(APIError) -> Outcome {
        let known = state.capacityProviders[request.reference]
        guard known?.status != .active else {
            throw APIError(
                .client,
                "The specified capacity provider already exists. To change the configuration of an "
                    + "existing capacity provider, update the capacity provider.")
        }
        let isTaken = state.capacityProviders.values.contains { other in
            other.status == .active && other.group == request.group
                && other.reference.region == request.reference.region
        }
        guard !isTaken else {
            throw APIError(
                .client,
                "The specified Auto Scaling group ARN is already being used by another capacity "
                    + "provider. Specify a unique Auto Scaling group ARN and try again.")
        }
        guard
            known != nil
                || state.capacityProviders.count < ManagerSettings.capacityProvidersMaximum
        else {
            throw APIError(
                .limitExceeded,
                "There are \(state.capacityProviders.count) capacity providers, the most there may "
                    + "be; delete some.")
        }
        let provider = CapacityProvider(
            reference: request.reference, group: request.group, tags: request.tags,
            createdAt: now.wall, document: request.document)
        record(.capacityProvider(provider))
        return .capacityProvider(provider)
    }

    mutating func updateCapacityProvider(
        _ reference: CapacityProviderReference, _ document: Document
    ) throws(APIError) -> Outcome {
        var provider = try activeProvider(reference)
        provider.document = document
        provider.updateStatus = .updateComplete
        record(.capacityProvider(provider))
        return .capacityProvider(provider)
    }

    mutating func deleteCapacityProvider(
        _ reference: CapacityProviderReference
    ) throws(APIError) -> Outcome {
        var provider = try activeProvider(reference)
        let user = state.clusters(region: reference.region).first { cluster in
            cluster.status == .active
                && cluster.capacityProviders?.contains(reference.name) == true
        }
        if let user {
            throw APIError(
                .client,
                "The capacity provider cannot be deleted because it is associated with cluster: "
                    + "\(user.name). Remove the capacity provider from the cluster and try again.")
        }
        provider.status = .inactive
        provider.updateStatus = .deleteComplete
        record(.capacityProvider(provider))
        retire(.capacityProvider(reference))
        return .capacityProvider(provider)
    }

    /// What is not named any more is taken from the cluster, unless a service uses it.
    mutating func put(_ request: PutClusterCapacityProviders) throws(APIError) -> Outcome {
        var cluster = try activeCluster(request.cluster)
        try check(request.providers, request.strategy, in: cluster.region)
        let gone = Set(cluster.capacityProviders ?? []).subtracting(request.providers)
        let isUsed =
            !gone.isEmpty
            && state.services(of: cluster.id).contains { service in
                service.status != .inactive
                    && (service.capacityProviderStrategy ?? []).contains {
                        gone.contains($0.provider)
                    }
            }
        guard !isUsed else {
            throw APIError(
                .resourceInUse,
                "The specified capacity provider is in use and cannot be removed.")
        }
        cluster.capacityProviders = request.providers
        cluster.defaultCapacityProviderStrategy = request.strategy
        record(.cluster(cluster))
        return .cluster(cluster)
    }

    /// Checks the providers of a cluster and its default strategy.
    func check(
        _ providers: [String], _ strategy: [CapacityProviderShare], in region: String
    ) throws(APIError) {
        guard providers.count <= settings.quotas.capacityProvidersPerCluster else {
            throw APIError(
                .invalidParameter,
                "The maximum number of capacity providers per cluster has been exceeded.")
        }
        for name in providers {
            _ = try activeProvider(CapacityProviderReference(region: region, name: name))
        }
        guard strategy.allSatisfy({ providers.contains($0.provider) }) else {
            throw APIError(.invalidParameter, Self.notOfCluster)
        }
    }

    static let notOfCluster =
        "The specified capacity provider strategy cannot contain a capacity provider that is not "
        + "associated with the cluster. Associate the capacity provider with the cluster or "
        + "specify a valid capacity provider and try again."

    func activeProvider(
        _ reference: CapacityProviderReference
    ) throws(APIError) -> CapacityProvider {
        guard let provider = state.capacityProviders[reference], provider.status == .active else {
            throw APIError(
                .client,
                "The specified capacity provider does not exist. Specify a valid name or ARN and "
                    + "try again.")
        }
        return provider
    }
}
