import ClusterState
import Model

/// Daemon task definitions: task definitions of families of their own.
extension Call {
    func registerDaemonTaskDefinition(
        _ input: ECS.RegisterDaemonTaskDefinitionRequest
    ) async throws(APIError) -> ECS.RegisterDaemonTaskDefinitionResponse {
        guard let family = input.family, isName(family) else {
            throw invalid("Invalid family. Use 1 to 255 letters, digits, hyphens and underscores.")
        }
        var request = try Coding.read(
            ECS.RegisterTaskDefinitionRequest.self, from: Coding.document(input))
        request.family = ManagedDaemon.inner(family)
        let (registered, _) = try await register(request)
        return ECS.RegisterDaemonTaskDefinitionResponse(
            daemonTaskDefinitionArn: arns.taskDefinition(registered.key))
    }

    func describeDaemonTaskDefinition(
        _ input: ECS.DescribeDaemonTaskDefinitionRequest
    ) async throws(APIError) -> ECS.DescribeDaemonTaskDefinitionResponse {
        let reference = try daemonDefinition(input.daemonTaskDefinition)
        let state = snapshot()
        guard let definition = state.definition(reference) else {
            throw APIError(.client, "Unable to describe daemon task definition.")
        }
        var result = try Coding.read(ECS.DaemonTaskDefinition.self, from: definition.document)
        result.daemonTaskDefinitionArn = arns.taskDefinition(definition.key)
        result.family = definition.key.daemonFamily
        result.revision = definition.key.revision
        result.status = daemonStatus(of: definition, in: state)
        result.registeredAt = Timestamp(definition.registeredAt)
        result.deleteRequestedAt = Timestamp(definition.deleteRequestedAt)
        result.registeredBy = arns.root
        return ECS.DescribeDaemonTaskDefinitionResponse(daemonTaskDefinition: result)
    }

    func deleteDaemonTaskDefinition(
        _ input: ECS.DeleteDaemonTaskDefinitionRequest
    ) async throws(APIError) -> ECS.DeleteDaemonTaskDefinitionResponse {
        let reference = try daemonDefinition(input.daemonTaskDefinition)
        guard reference.revision != nil else { throw APIError(.client, "Revision is missing.") }
        let known = snapshot().definition(reference)
        guard known == nil || known?.status == .active else {
            throw APIError(
                .client, "The specified daemon task definition is not ACTIVE: it was deleted.")
        }
        let (outcome, _) = try await submit(.deleteTaskDefinitions([reference]))
        guard case .taskDefinitions(let deleted, _) = outcome else { throw unexpected(outcome) }
        guard let definition = deleted.first else {
            throw APIError(.client, "The specified daemon task definition does not exist.")
        }
        return ECS.DeleteDaemonTaskDefinitionResponse(
            daemonTaskDefinitionArn: arns.taskDefinition(definition.key))
    }

    func listDaemonTaskDefinitions(
        _ input: ECS.ListDaemonTaskDefinitionsRequest
    ) async throws(APIError) -> ECS.ListDaemonTaskDefinitionsResponse {
        let state = snapshot()
        let families = state.families(region: region).filter { inner in
            guard let family = ManagedDaemon.outer(inner) else { return false }
            return (input.family == nil || family == input.family)
                && family.hasPrefix(input.familyPrefix ?? "")
        }
        var all = families.flatMap { family in
            let revisions = state.revisions(of: family, region: region)
            return input.revision == .lastRegistered ? Array(revisions.suffix(1)) : revisions
        }
        let status = input.status?.rawValue ?? "ACTIVE"
        all = all.filter { definition in
            status == "ALL" || daemonStatus(of: definition, in: state).rawValue == status
        }
        let descending = input.sort == .desc
        let page = try page(
            descending ? all.reversed() : all, after: input.nextToken, limit: input.maxResults,
            key: { arns.taskDefinition($0.key) }
        ) { definition, token throws(APIError) in
            let last = try daemonDefinition(token)
            let lastKey = TaskDefinitionKey(
                region: region, family: last.family, revision: last.revision ?? 0)
            return descending ? definition.key < lastKey : definition.key > lastKey
        }
        return ECS.ListDaemonTaskDefinitionsResponse(
            daemonTaskDefinitions: page.items.map { definition in
                ECS.DaemonTaskDefinitionSummary(
                    arn: arns.taskDefinition(definition.key),
                    registeredAt: Timestamp(definition.registeredAt), registeredBy: arns.root,
                    deleteRequestedAt: Timestamp(definition.deleteRequestedAt),
                    status: daemonStatus(of: definition, in: state))
            }, nextToken: page.nextToken)
    }
}
