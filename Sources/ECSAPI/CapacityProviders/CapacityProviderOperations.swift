import ClusterState
import HashTreeCollections
import Model

extension Call {
    func createCapacityProvider(
        _ input: ECS.CreateCapacityProviderRequest
    ) async throws(APIError) -> ECS.CreateCapacityProviderResponse {
        let name = try newProviderName(input.name ?? "")
        guard input.managedInstancesProvider == nil else {
            throw unsupported(
                "Muster has no Managed Instances: its workers are what there is. Use "
                    + "autoScalingGroupProvider with the name of a group of workers.")
        }
        guard let given = input.autoScalingGroupProvider else {
            throw invalid("Specify autoScalingGroupProvider, which names a group of workers.")
        }
        let (group, provider) = try groupProvider(given)
        let command = CreateCapacityProvider(
            reference: CapacityProviderReference(region: region, name: name), group: group,
            tags: try tags(input.tags), document: Coding.document(provider))
        let (outcome, _) = try await submit(.createCapacityProvider(command))
        return ECS.CreateCapacityProviderResponse(
            capacityProvider: try rendered(provider: outcome))
    }

    func updateCapacityProvider(
        _ input: ECS.UpdateCapacityProviderRequest
    ) async throws(APIError) -> ECS.UpdateCapacityProviderResponse {
        let reference = try knownProvider(input.name ?? "")
        guard input.managedInstancesProvider == nil, let given = input.autoScalingGroupProvider
        else { throw invalid("Specify autoScalingGroupProvider.") }
        try checkManaged(
            given.managedScaling, given.managedTerminationProtection, given.managedDraining)
        guard let known = snapshot().capacityProviders[reference] else {
            throw APIError(.client, Self.noSuchProvider)
        }
        var document = try Coding.read(ECS.AutoScalingGroupProvider.self, from: known.document)
        document.managedScaling = given.managedScaling ?? document.managedScaling
        let (outcome, _) = try await submit(
            .updateCapacityProvider(reference, Coding.document(document)))
        return ECS.UpdateCapacityProviderResponse(
            capacityProvider: try rendered(provider: outcome))
    }

    func deleteCapacityProvider(
        _ input: ECS.DeleteCapacityProviderRequest
    ) async throws(APIError) -> ECS.DeleteCapacityProviderResponse {
        let reference = try knownProvider(input.capacityProvider ?? "")
        let (outcome, _) = try await submit(.deleteCapacityProvider(reference))
        return ECS.DeleteCapacityProviderResponse(
            capacityProvider: try rendered(provider: outcome))
    }

    func describeCapacityProviders(
        _ input: ECS.DescribeCapacityProvidersRequest
    ) async throws(APIError) -> ECS.DescribeCapacityProvidersResponse {
        let state = snapshot()
        let showsTags = (input.include ?? []).contains(.tags)
        let names = input.capacityProviders ?? []
        guard names.count <= 100 else {
            throw invalid("Capacity providers cannot have more than 100 elements.")
        }
        guard names.isEmpty else {
            var found: [ECS.CapacityProvider] = []
            var failures: [ECS.Failure] = []
            for text in names {
                let reference = try providerReference(text)
                if let provider = state.capacityProviders[reference] {
                    found.append(try rendered(provider, tags: showsTags))
                } else {
                    failures.append(
                        ECS.Failure(
                            arn: arns.capacityProvider(reference.name), reason: "MISSING"))
                }
            }
            return ECS.DescribeCapacityProvidersResponse(
                capacityProviders: found, failures: failures)
        }
        let all = state.capacityProviders(region: region)
        let page = try page(
            all, after: input.nextToken, limit: input.maxResults, key: { $0.reference.name }
        ) { provider, last throws(APIError) in provider.reference.name > last }
        var shown: [ECS.CapacityProvider] = []
        for provider in page.items { shown.append(try rendered(provider, tags: showsTags)) }
        return ECS.DescribeCapacityProvidersResponse(
            capacityProviders: shown, failures: [], nextToken: page.nextToken)
    }

    func putClusterCapacityProviders(
        _ input: ECS.PutClusterCapacityProvidersRequest
    ) async throws(APIError) -> ECS.PutClusterCapacityProvidersResponse {
        let reference = try clusterReference(input.cluster)
        let providers = try providerNames(input.capacityProviders)
        try checkDaemons(of: reference, with: providers)
        let command = PutClusterCapacityProviders(
            cluster: reference, providers: providers,
            strategy: try shares(input.defaultCapacityProviderStrategy) ?? [])
        let (outcome, state) = try await submit(.putClusterCapacityProviders(command))
        guard case .cluster(let cluster) = outcome else { throw unexpected(outcome) }
        return ECS.PutClusterCapacityProvidersResponse(
            cluster: try rendered(cluster, in: state, include: [.settings, .tags]))
    }

    func rendered(
        _ provider: Model.CapacityProvider, tags: Bool
    ) throws(APIError) -> ECS.CapacityProvider {
        ECS.CapacityProvider(
            capacityProviderArn: arns.capacityProvider(provider.reference.name),
            name: provider.reference.name,
            status: ECS.CapacityProviderStatus(rawValue: provider.status.rawValue),
            autoScalingGroupProvider: try Coding.read(
                ECS.AutoScalingGroupProvider.self, from: provider.document),
            updateStatus: ECS.CapacityProviderUpdateStatus(
                rawValue: provider.updateStatus.rawValue),
            tags: tags ? rendered(provider.tags) : [], type: .ec2Autoscaling)
    }

    private func rendered(provider outcome: Outcome) throws(APIError) -> ECS.CapacityProvider {
        guard case .capacityProvider(let provider) = outcome else { throw unexpected(outcome) }
        return try rendered(provider, tags: true)
    }
}
