import ClusterState
import HashTreeCollections
import Model

extension ManagerCore {
    /// Gives the family's next revision, whatever became of earlier ones.
    mutating func register(_ request: RegisterTaskDefinition) throws(APIError) -> Outcome {
        _ = try OnLost(tags: request.tags, refusedAs: .client)
        let last = state.lastRevision(of: request.family, region: request.region)
        if let most = settings.quotas.revisionsPerFamily, last >= most {
            throw APIError(
                .limitExceeded,
                "Family \(request.family) has had \(most) revisions, the most it may; take another."
            )
        }
        let key = TaskDefinitionKey(
            region: request.region, family: request.family, revision: last + 1)
        let definition = TaskDefinition(
            key: key, containers: request.containers, networkMode: request.networkMode,
            pidMode: request.pidMode, ipcMode: request.ipcMode, cpu: request.cpu,
            memory: request.memory,
            placementConstraints: request.placementConstraints,
            requiredAttributes: request.requiredAttributes, tags: request.tags,
            registeredAt: now.wall, document: request.document)
        record(.taskDefinition(definition))
        return .taskDefinition(definition)
    }

    /// Running tasks and services go on; nothing new may use the revision.
    mutating func deregister(_ reference: TaskDefinitionReference) throws(APIError) -> Outcome {
        guard var definition = state.definition(reference) else {
            throw APIError(.client, "Unable to describe task definition.")
        }
        guard definition.status == .active else { return .taskDefinition(definition) }
        definition.status = .inactive
        definition.deregisteredAt = now.wall
        record(.taskDefinition(definition))
        return .taskDefinition(definition)
    }

    /// What uses them goes on. They stay described, so that it can be read what it runs.
    mutating func deleteDefinitions(_ references: [TaskDefinitionReference]) -> Outcome {
        var deleted: [TaskDefinition] = []
        var failures: [TaskDefinitionFailure] = []
        for reference in references {
            guard var definition = state.definition(reference) else {
                failures.append(
                    TaskDefinitionFailure(
                        reference, reason: "The specified task definition does not exist."))
                continue
            }
            switch definition.status {
            case .active where definition.key.daemonFamily == nil:
                failures.append(
                    TaskDefinitionFailure(
                        reference,
                        reason: "The specified task definition is still in ACTIVE status. Please "
                            + "deregister the target and try again."))
                continue
            case .deleteInProgress: break
            case .active, .inactive:
                definition.status = .deleteInProgress
                definition.deleteRequestedAt = now.wall
                record(.taskDefinition(definition))
            }
            deleted.append(definition)
        }
        return .taskDefinitions(deleted, failures: failures)
    }
}
