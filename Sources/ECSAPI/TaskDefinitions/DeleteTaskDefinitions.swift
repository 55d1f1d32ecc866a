import Model

extension Call {
    /// As many as one request may delete.
    private static let deletedMaximum = 10

    func deleteTaskDefinitions(
        _ input: ECS.DeleteTaskDefinitionsRequest
    ) async throws(APIError) -> ECS.DeleteTaskDefinitionsResponse {
        guard let texts = input.taskDefinitions, !texts.isEmpty else {
            throw invalid("Task definitions cannot be empty.")
        }
        guard texts.count <= Self.deletedMaximum else {
            throw invalid(
                "Task definitions cannot have more than \(Self.deletedMaximum) elements.")
        }
        var references: [TaskDefinitionReference] = []
        for text in texts {
            let reference = try definitionReference(text)
            guard reference.revision != nil else {
                throw APIError(.client, "Revision is missing.")
            }
            if !references.contains(reference) { references.append(reference) }
        }
        let (outcome, _) = try await submit(.deleteTaskDefinitions(references))
        guard case .taskDefinitions(let deleted, let failures) = outcome else {
            throw unexpected(outcome)
        }
        var shown: [ECS.TaskDefinition] = []
        for definition in deleted { shown.append(try rendered(definition)) }
        return ECS.DeleteTaskDefinitionsResponse(
            taskDefinitions: shown,
            failures: failures.map { failure in
                let key = TaskDefinitionKey(
                    region: region, family: failure.reference.family,
                    revision: failure.reference.revision ?? 0)
                return ECS.Failure(arn: arns.taskDefinition(key), reason: failure.reason)
            })
    }
}
