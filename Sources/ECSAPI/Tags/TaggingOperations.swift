import ClusterState
import HashTreeCollections
import Model

extension Call {
    func tagResource(
        _ input: ECS.TagResourceRequest
    ) async throws(APIError) -> ECS.TagResourceResponse {
        let resource = try taggable(input.resourceArn)
        var isService = false
        if case .service = resource { isService = true }
        let tags = isService ? try serviceTags(input.tags) : try tags(input.tags)
        guard !tags.isEmpty else { throw invalid("Tags cannot be empty.") }
        _ = try await submit(.tag(resource, tags))
        return ECS.TagResourceResponse()
    }

    func untagResource(
        _ input: ECS.UntagResourceRequest
    ) async throws(APIError) -> ECS.UntagResourceResponse {
        let resource = try taggable(input.resourceArn)
        guard let keys = input.tagKeys, !keys.isEmpty else {
            throw invalid("Tag keys cannot be empty.")
        }
        _ = try await submit(.untag(resource, keys: keys))
        return ECS.UntagResourceResponse()
    }

    func listTagsForResource(
        _ input: ECS.ListTagsForResourceRequest
    ) async throws(APIError) -> ECS.ListTagsForResourceResponse {
        let resource = try taggable(input.resourceArn)
        guard let tags = tags(of: resource, in: snapshot()) else {
            throw invalid("The specified resource was not found. Specify a valid ARN.")
        }
        return ECS.ListTagsForResourceResponse(tags: rendered(tags))
    }

    private func tags(of resource: TaggableReference, in state: ClusterState) -> [Model.Tag]? {
        switch resource {
        case .cluster(let reference): return state.cluster(reference)?.tags
        case .service(let reference):
            return state.cluster(reference.cluster)
                .flatMap { state.service(reference.name, in: $0.id) }?.tags
        case .taskSet(let reference, let id):
            let service = state.cluster(reference.cluster)
                .flatMap { state.service(reference.name, in: $0.id) }
            return service?.taskSets.first { $0.id == id }?.tags
        case .task(let reference):
            let cluster = state.cluster(reference.cluster)
            return state.tasks[reference.id].flatMap { $0.cluster == cluster?.id ? $0.tags : nil }
        case .instance(let reference):
            let cluster = state.cluster(reference.cluster)
            return state.instances[reference.id]
                .flatMap { $0.cluster == cluster?.id ? $0.tags : nil }
        case .taskDefinition(let reference): return state.definition(reference)?.tags
        case .capacityProvider(let reference): return state.capacityProviders[reference]?.tags
        }
    }

    /// Takes a long ARN apart: tagging knows no other names.
    private func taggable(_ text: String?) throws(APIError) -> TaggableReference {
        guard let text, let arn = ARN(text), arn.service == "ecs", let kind = arn.parts.first else {
            throw invalid("Invalid identifier: \(shown(text ?? "")) is not an ARN of ECS.")
        }
        switch (kind, arn.parts.count) {
        case ("cluster", 2): return .cluster(try clusterReference(text))
        case ("task-definition", 2):
            let reference = try definitionReference(text)
            guard reference.revision != nil else {
                throw APIError(.client, "Revision is missing.")
            }
            return .taskDefinition(reference)
        case ("daemon", 3): return .service(try daemonReference(text))
        case ("daemon-task-definition", 2):
            let reference = try daemonDefinition(text)
            guard reference.revision != nil else {
                throw APIError(.client, "Revision is missing.")
            }
            return .taskDefinition(reference)
        case ("capacity-provider", 2): return .capacityProvider(try providerReference(text))
        case ("service", 3):
            let cluster = try checkedName(arn.parts[1], what: "cluster name")
            return .service(
                ServiceReference(
                    cluster: ClusterReference(region: region, name: cluster),
                    name: try serviceName(text, cluster: cluster)))
        case ("task-set", 5):
            _ = try ownARN(text, of: kind)
            let cluster = try checkedName(arn.parts[1], what: "cluster name")
            return .taskSet(
                ServiceReference(
                    cluster: ClusterReference(region: region, name: cluster),
                    name: try checkedName(arn.parts[2], what: "service name")),
                try taskSetID(text))
        case ("task", 3):
            let cluster = try checkedName(arn.parts[1], what: "cluster name")
            return .task(
                TaskReference(
                    cluster: ClusterReference(region: region, name: cluster),
                    id: try taskID(text, cluster: cluster)))
        case ("container-instance", 3):
            let cluster = try checkedName(arn.parts[1], what: "cluster name")
            return .instance(
                InstanceReference(
                    cluster: ClusterReference(region: region, name: cluster),
                    id: try instanceID(text, cluster: cluster)))
        case ("service", 2), ("task", 2), ("container-instance", 2):
            throw invalid("Long arn format must be used for tagging operations")
        default:
            throw unsupported(
                "Muster tags clusters, services, task sets, tasks, task definitions, container "
                    + "instances, capacity providers, daemons and their task definitions; "
                    + "\(shown(text)) is none of them.")
        }
    }
}
