import ClusterState
import Model

extension Call {
    /// The overrides of a request, checked against the definition where the snapshot has it.
    func overrides(
        _ input: ECS.TaskOverride?, of reference: TaskDefinitionReference, in state: ClusterState
    ) throws(APIError) -> TaskOverrides {
        guard let input else { return TaskOverrides() }
        guard (input.inferenceAcceleratorOverrides ?? []).isEmpty, input.ephemeralStorage == nil
        else {
            throw unsupported(
                "Muster does not have inference accelerators and ephemeral storage. Leave them out "
                    + "of the overrides.")
        }
        let document = Coding.document(input)
        guard document.json.utf8.count <= 8_192 else {
            throw invalid("The overrides are longer than 8192 characters.")
        }
        let known = state.definition(reference).map { Set($0.containers.map(\.name)) }
        var containers: [TaskOverrides.Container] = []
        for container in input.containerOverrides ?? [] {
            containers.append(try self.container(container, known: known))
        }
        return TaskOverrides(
            containers: containers, cpu: try TaskSize.cpu(input.cpu),
            memory: try TaskSize.memory(input.memory), document: document)
    }

    private func container(
        _ input: ECS.ContainerOverride, known: Set<String>?
    ) throws(APIError) -> TaskOverrides.Container {
        guard let name = input.name, !name.isEmpty else {
            throw invalid("A container override needs the name of its container.")
        }
        if let known, !known.contains(name) {
            throw invalid(
                "Override for container named \(shown(name)) is not a container in the "
                    + "TaskDefinition.")
        }
        let isOnlyGPUs = (input.resourceRequirements ?? []).allSatisfy { $0.type == .gpu }
        guard (input.environmentFiles ?? []).isEmpty, isOnlyGPUs else {
            throw unsupported(
                "Muster does not have environment files and inference accelerators. Leave them "
                    + "out of the override of container '\(shown(name))'.")
        }
        if let memory = input.memory, memory < 6 {
            throw invalid("Override of container '\(shown(name))': memory must be at least 6 MiB.")
        }
        for value in [input.cpu, input.memoryReservation] {
            guard value ?? 0 >= 0 else {
                throw invalid(
                    "Override of container '\(shown(name))': cpu and memoryReservation must not be "
                        + "negative.")
            }
        }
        return TaskOverrides.Container(
            name: name, command: input.command,
            environment: try environment(input.environment, of: name), cpu: input.cpu,
            memory: input.memory, memoryReservation: input.memoryReservation,
            gpus: try GPURequirement.count(input.resourceRequirements))
    }

    func environment(
        _ pairs: [ECS.KeyValuePair]?, of container: String
    ) throws(APIError) -> [EnvironmentVariable] {
        var result: [EnvironmentVariable] = []
        for pair in pairs ?? [] {
            guard let name = pair.name, !name.isEmpty, !name.contains("=") else {
                throw APIError(
                    .client,
                    "Invalid setting for container '\(shown(container))'. The name of an "
                        + "environment variable must not be empty nor contain '='.")
            }
            result.append(EnvironmentVariable(name: name, value: pair.value ?? ""))
        }
        return result
    }
}
