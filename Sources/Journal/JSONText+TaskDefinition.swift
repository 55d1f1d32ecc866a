package import Model

/// A definition's text, the same as its conformance's (`TaskDefinitionTextTests`), without
/// containers and keys.
extension JSONText {
    package func encode(definition: TaskDefinition) throws -> String {
        try encode { try write(definition) }
    }

    private func write(_ definition: TaskDefinition) throws {
        raw(#"{"key":"#)
        write(definition.key)
        raw(#","status":"#)
        write(definition.status.rawValue)
        raw(#","containers":["#)
        var isFirst = true
        for container in definition.containers {
            if !isFirst { raw(",") }
            isFirst = false
            try write(container)
        }
        raw(#"],"networkMode":"#)
        write(definition.networkMode.rawValue)
        write(definition.pidMode?.rawValue, #","pidMode":"#)
        write(definition.ipcMode?.rawValue, #","ipcMode":"#)
        write(definition.cpu, #","cpu":"#)
        write(definition.memory, #","memory":"#)
        try write(list: definition.placementConstraints, #","placementConstraints":"#)
        try write(list: definition.requiredAttributes, #","requiredAttributes":"#)
        try write(list: definition.tags, #","tags":"#)
        raw(#","registeredAt":"#)
        write(number: definition.registeredAt.milliseconds)
        write(definition.deregisteredAt, #","deregisteredAt":"#)
        write(definition.deleteRequestedAt, #","deleteRequestedAt":"#)
        raw(#","document":"#)
        write(definition.document.json)
        raw("}")
    }

    private func write(_ container: ContainerDefinition) throws {
        raw(#"{"name":"#)
        write(container.name)
        raw(#","image":"#)
        write(container.image)
        raw(#","cpu":"#)
        write(number: container.cpu)
        write(container.memory, #","memory":"#)
        write(container.memoryReservation, #","memoryReservation":"#)
        raw(#","essential":"#)
        raw(container.essential ? "true" : "false")
        try write(list: container.entryPoint, #","entryPoint":"#)
        try write(list: container.command, #","command":"#)
        try write(list: container.environment, #","environment":"#)
        write(container.workingDirectory, #","workingDirectory":"#)
        write(container.user, #","user":"#)
        try write(list: container.portMappings, #","portMappings":"#)
        write(container.startTimeout, #","startTimeout":"#)
        write(container.stopTimeout, #","stopTimeout":"#)
        try write(list: container.dependsOn, #","dependsOn":"#)
        try write(list: container.ulimits, #","ulimits":"#)
        write(container.gpus, #","gpus":"#)
        if let policy = container.restartPolicy {
            raw(#","restartPolicy":"#)
            try write(value: policy)
        }
        if let check = container.healthCheck {
            raw(#","healthCheck":"#)
            try write(value: check)
        }
        if let setup = container.setup {
            raw(#","setup":"#)
            try write(value: setup)
        }
        raw("}")
    }

    func write(_ key: TaskDefinitionKey) {
        raw(#"{"region":"#)
        write(key.region)
        raw(#","family":"#)
        write(key.family)
        raw(#","revision":"#)
        write(number: key.revision)
        raw("}")
    }
}
