import ClusterState
import Model

extension Call {
    /// How often an update that others overtook is made anew before the caller is told.
    private static let updateAttemptsMaximum = 5

    func updateService(
        _ input: ECS.UpdateServiceRequest
    ) async throws(APIError) -> ECS.UpdateServiceResponse {
        for _ in 1..<Self.updateAttemptsMaximum {
            do throws(APIError) {
                return try await attemptUpdate(input)
            } catch {
                guard error.code == .conflict else { throw error }
            }
        }
        return try await attemptUpdate(input)
    }

    private func attemptUpdate(
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
        try checkController(of: service, input, in: state)
        try checkNetwork(of: service, input, definition, in: state)
        let update = try updatedDocument(of: service, with: input, in: state)
        let command = UpdateService(
            service: service, taskDefinition: definition,
            desiredCount: try input.desiredCount.map { count throws(APIError) in
                try checkedCount(count)
            },
            minimumHealthyPercent: input.deploymentConfiguration?.minimumHealthyPercent,
            maximumPercent: input.deploymentConfiguration?.maximumPercent,
            circuitBreaker: circuitBreaker(
                input.deploymentConfiguration?.deploymentCircuitBreaker),
            placementConstraints: try input.placementConstraints.map { list throws(APIError) in
                try constraints(list)
            },
            placementStrategy: try input.placementStrategy.map { list throws(APIError) in
                try strategy(list)
            },
            availabilityZoneRebalancing: zoneRebalancing(input.availabilityZoneRebalancing),
            capacityProviderStrategy: try shares(input.capacityProviderStrategy),
            healthCheckGracePeriod: input.healthCheckGracePeriodSeconds,
            enableManagedTags: input.enableECSManagedTags,
            propagateTags: propagation(input.propagateTags),
            takesCommands: input.enableExecuteCommand,
            forceNewDeployment: (input.forceNewDeployment ?? false)
                || (update?.isOfNetwork ?? false),
            document: update?.document, documentBase: update?.base)
        let (outcome, after) = try await submit(.updateService(command))
        return ECS.UpdateServiceResponse(
            service: try rendered(outcome, cluster: cluster.name, in: after))
    }

    /// The controller stays as it is, and EXTERNAL leaves networks to task sets.
    private func checkController(
        of reference: ServiceReference, _ input: ECS.UpdateServiceRequest, in state: ClusterState
    ) throws(APIError) {
        guard let cluster = state.cluster(reference.cluster),
            let service = state.service(reference.name, in: cluster.id)
        else { return }
        if let type = input.deploymentController?.type,
            type.rawValue != service.controller.rawValue
        {
            throw unsupported(
                "Muster can't change the deployment controller of a service. Make a new service.")
        }
        if service.controller == .external, input.networkConfiguration != nil {
            throw invalid(
                "Unable to update network configuration on services with an EXTERNAL deployment "
                    + "controller. Use CreateTaskSet to start a new deployment.")
        }
    }

    /// The network that the service will have belongs to the definition that it will have.
    private func checkNetwork(
        of reference: ServiceReference, _ input: ECS.UpdateServiceRequest,
        _ definition: TaskDefinitionReference?, in state: ClusterState
    ) throws(APIError) {
        guard definition != nil || input.networkConfiguration != nil else { return }
        let service = state.cluster(reference.cluster).flatMap {
            state.service(reference.name, in: $0.id)
        }
        let current = service?.deployments.first?.taskDefinition
        guard
            let definition = definition
                ?? current.map({ key in
                    TaskDefinitionReference(
                        region: key.region, family: key.family, revision: key.revision)
                })
        else { return }
        let network = try document(of: reference, in: state).networkConfiguration
        try checkNetwork(input.networkConfiguration ?? network, for: definition, in: state)
    }

    /// The service's document with an update's members in it.
    private struct UpdatedDocument {
        var document: Document
        /// What it was made from.
        var base: Document?
        /// Whether the tasks' network changes, which a new deployment brings about.
        var isOfNetwork: Bool
    }

    /// - Returns: `nil` when the update has no members that a document keeps.
    private func updatedDocument(
        of service: ServiceReference, with input: ECS.UpdateServiceRequest, in state: ClusterState
    ) throws(APIError) -> UpdatedDocument? {
        let old = try document(of: service, in: state)
        var new = old
        guard new.update(with: input) else { return nil }
        let base = state.cluster(service.cluster)
            .flatMap { state.service(service.name, in: $0.id) }?.document
        var ofNetwork = old
        ofNetwork.networkConfiguration = new.networkConfiguration
        return UpdatedDocument(
            document: Coding.document(new), base: base,
            isOfNetwork: Coding.document(ofNetwork) != Coding.document(old))
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
