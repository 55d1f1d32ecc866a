import ClusterState
import Model

extension Call {
    func updateService(
        _ input: ECS.UpdateServiceRequest
    ) async throws(APIError) -> ECS.UpdateServiceResponse {
        let cluster = try clusterReference(input.cluster)
        guard let text = input.service, !text.isEmpty else {
            throw invalid("Service cannot be empty.")
        }
        let service = ServiceReference(
            cluster: cluster, name: try serviceName(text, cluster: cluster.name))
        try ServiceFeatures(input).check(self)
        try checkPercents(input.deploymentConfiguration)
        let definition = try input.taskDefinition.map { text throws(APIError) in
            try definitionReference(text)
        }
        let state = snapshot()
        if let definition {
            let current = try document(of: service, in: state).networkConfiguration
            try checkNetwork(input.networkConfiguration ?? current, for: definition, in: state)
        }
        let command = UpdateService(
            service: service, taskDefinition: definition,
            desiredCount: try input.desiredCount.map { count throws(APIError) in
                try checkedCount(count)
            },
            minimumHealthyPercent: input.deploymentConfiguration?.minimumHealthyPercent,
            maximumPercent: input.deploymentConfiguration?.maximumPercent,
            placementConstraints: try input.placementConstraints.map { list throws(APIError) in
                try constraints(list)
            },
            placementStrategy: try input.placementStrategy.map { list throws(APIError) in
                try strategy(list)
            },
            enableManagedTags: input.enableECSManagedTags,
            propagateTags: propagation(input.propagateTags),
            forceNewDeployment: input.forceNewDeployment ?? false,
            document: try updatedDocument(of: service, with: input, in: state))
        let (outcome, after) = try await submit(.updateService(command))
        return ECS.UpdateServiceResponse(
            service: try rendered(outcome, cluster: cluster.name, in: after))
    }

    /// The service's whole document with the update's members in it; `nil` when it has none.
    private func updatedDocument(
        of service: ServiceReference, with input: ECS.UpdateServiceRequest, in state: ClusterState
    ) throws(APIError) -> Document? {
        var document = try document(of: service, in: state)
        return document.update(with: input) ? try Coding.document(document) : nil
    }

    private func document(
        of reference: ServiceReference, in state: ClusterState
    ) throws(APIError) -> ServiceDocument {
        guard let cluster = state.cluster(reference.cluster),
            let service = state.service(reference.name, in: cluster.id)
        else { return ServiceDocument() }
        return try Coding.read(ServiceDocument.self, from: service.document)
    }
}
