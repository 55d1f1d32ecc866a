import ClusterState
import HashTreeCollections
import Model

extension Call {
    func describeTaskDefinition(
        _ input: ECS.DescribeTaskDefinitionRequest
    ) async throws(APIError) -> ECS.DescribeTaskDefinitionResponse {
        guard let text = input.taskDefinition, !text.isEmpty else {
            throw APIError(.client, "TaskDefinition cannot be empty.")
        }
        let reference = try definitionReference(text)
        guard let definition = snapshot().definition(reference) else {
            throw APIError(.client, "Unable to describe task definition.")
        }
        let tags = (input.include ?? []).contains(.tags)
        return ECS.DescribeTaskDefinitionResponse(
            taskDefinition: try rendered(definition), tags: tags ? rendered(definition.tags) : nil)
    }

    func deregisterTaskDefinition(
        _ input: ECS.DeregisterTaskDefinitionRequest
    ) async throws(APIError) -> ECS.DeregisterTaskDefinitionResponse {
        guard let text = input.taskDefinition, !text.isEmpty else {
            throw APIError(.client, "TaskDefinition cannot be empty.")
        }
        let reference = try definitionReference(text)
        guard reference.revision != nil else { throw APIError(.client, "Revision is missing.") }
        let (outcome, _) = try await submit(.deregisterTaskDefinition(reference))
        guard case .taskDefinition(let definition) = outcome else { throw unexpected(outcome) }
        return ECS.DeregisterTaskDefinitionResponse(taskDefinition: try rendered(definition))
    }

    func listTaskDefinitions(
        _ input: ECS.ListTaskDefinitionsRequest
    ) async throws(APIError) -> ECS.ListTaskDefinitionsResponse {
        let status = input.status?.rawValue ?? "ACTIVE"
        // Here `familyPrefix` is the whole name of a family, whatever it is called.
        let state = snapshot()
        let families = input.familyPrefix.map { [$0] } ?? state.families(region: region)
        let ascending = families.flatMap { state.revisions(of: $0, region: region) }
            .filter { $0.status.rawValue == status && $0.key.daemonFamily == nil }
            .map(\.key)
        let descending = input.sort == .desc
        let page = try page(
            descending ? ascending.reversed() : ascending, after: input.nextToken,
            limit: input.maxResults, key: { $0.description }
        ) { key, token throws(APIError) in
            let last = try definitionReference(token)
            let lastKey = TaskDefinitionKey(
                region: region, family: last.family, revision: last.revision ?? 0)
            return descending ? key < lastKey : key > lastKey
        }
        return ECS.ListTaskDefinitionsResponse(
            taskDefinitionArns: page.items.map(arns.taskDefinition), nextToken: page.nextToken)
    }

    func listTaskDefinitionFamilies(
        _ input: ECS.ListTaskDefinitionFamiliesRequest
    ) async throws(APIError) -> ECS.ListTaskDefinitionFamiliesResponse {
        let state = snapshot()
        let prefix = input.familyPrefix ?? ""
        let families = state.families(region: region)
            .filter { $0.hasPrefix(prefix) && ManagedDaemon.outer($0) == nil }
            .filter { family in
                let active = state.revisions(of: family, region: region)
                    .contains { $0.status == .active }
                return switch input.status ?? .active {
                case .active: active
                case .inactive: !active
                case .all: true
                }
            }
        let page = try page(families, after: input.nextToken, limit: input.maxResults)
        return ECS.ListTaskDefinitionFamiliesResponse(
            families: page.items, nextToken: page.nextToken)
    }
}
