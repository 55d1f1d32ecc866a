import Model

extension Call {
    /// The definition's document with what its registration and its life have added.
    func rendered(_ definition: Model.TaskDefinition) throws(APIError) -> ECS.TaskDefinition {
        rendered(
            definition,
            as: try Coding.read(ECS.TaskDefinition.self, from: definition.document))
    }

    /// - Parameter document: The definition's document, read.
    func rendered(
        _ definition: Model.TaskDefinition, as document: ECS.TaskDefinition
    ) -> ECS.TaskDefinition {
        var result = document
        result.taskDefinitionArn = arns.taskDefinition(definition.key)
        result.family = definition.key.family
        result.revision = definition.key.revision
        result.status = ECS.TaskDefinitionStatus(rawValue: definition.status.rawValue)
        result.requiresAttributes = definition.requiredAttributes.map(rendered)
        result.registeredAt = Timestamp(definition.registeredAt)
        result.deregisteredAt = Timestamp(definition.deregisteredAt)
        result.deleteRequestedAt = Timestamp(definition.deleteRequestedAt)
        result.registeredBy = arns.root
        return result
    }
}
