import ClusterState
import Model

extension Call {
    /// Bytes of a whole definition as JSON.
    static let definitionMaximum = 65_536

    func registerTaskDefinition(
        _ input: ECS.RegisterTaskDefinitionRequest
    ) async throws(APIError) -> ECS.RegisterTaskDefinitionResponse {
        guard let family = input.family, !family.isEmpty else {
            throw APIError(.client, "Family should not be null or empty.")
        }
        guard isName(family) else { throw APIError(.client, "Family contains invalid characters.") }
        let (registered, document) = try await register(input)
        return ECS.RegisterTaskDefinitionResponse(
            taskDefinition: rendered(registered, as: document),
            tags: registered.tags.isEmpty ? nil : rendered(registered.tags))
    }

    /// Checks and registers a definition whose family's name is checked.
    ///
    /// - Returns: What was registered, and its document.
    func register(
        _ input: ECS.RegisterTaskDefinitionRequest
    ) async throws(APIError) -> (Model.TaskDefinition, ECS.TaskDefinition) {
        let constraints = try constraints(input.placementConstraints)
        let definition = try TaskDefinitionChecks(input).definition()
        let document = Coding.document(definition)
        guard document.json.utf8.count <= Self.definitionMaximum else {
            throw APIError(
                .client,
                "Actual length: '\(document.json.utf8.count)'. Max allowed length is "
                    + "'\(Self.definitionMaximum)' bytes.")
        }
        var containers: [Model.ContainerDefinition] = []
        let setups = SetupMapping(definition)
        for container in definition.containerDefinitions ?? [] {
            var mapped = try mapped(container)
            mapped.setup = setups.setup(of: container)
            containers.append(mapped)
        }
        try check(mountsOf: containers)
        let command = RegisterTaskDefinition(
            region: region, family: input.family ?? "", containers: containers,
            networkMode: definition.networkMode.flatMap { NetworkMode(rawValue: $0.rawValue) }
                ?? .bridge,
            pidMode: definition.pidMode.flatMap { NamespaceSharing(rawValue: $0.rawValue) },
            ipcMode: definition.ipcMode.flatMap { NamespaceSharing(rawValue: $0.rawValue) },
            cpu: try TaskSize.cpu(definition.cpu), memory: try TaskSize.memory(definition.memory),
            placementConstraints: constraints,
            requiredAttributes: RequiredAttributes(of: definition).attributes,
            tags: try tags(input.tags), document: document)
        let (outcome, _) = try await submit(.registerTaskDefinition(command))
        guard case .taskDefinition(let registered) = outcome else { throw unexpected(outcome) }
        return (registered, definition)
    }

    /// A mount goes to the worker with its volume, and volumesFrom gives many the same: what is
    /// small as a document must be small as a message, too.
    private func check(mountsOf containers: [Model.ContainerDefinition]) throws(APIError) {
        let bytes = containers.flatMap { $0.setup?.mounts ?? [] }.reduce(0) { sum, mount in
            let volume = mount.volume
            return sum + 16 + mount.path.utf8.count + volume.name.utf8.count
                + (volume.hostPath?.utf8.count ?? 0)
        }
        guard bytes <= Self.definitionMaximum else {
            throw APIError(
                .client,
                "The containers mount too much: \(bytes) bytes of paths and names of volumes, of "
                    + "at most \(Self.definitionMaximum). Mount fewer, or shorten their paths.")
        }
    }

    /// What the core and the workers need of a container whose defaults are filled in.
    private func mapped(
        _ container: ECS.ContainerDefinition
    ) throws(APIError) -> Model.ContainerDefinition {
        let name = container.name ?? ""
        return Model.ContainerDefinition(
            name: name, image: container.image ?? "", cpu: container.cpu ?? 0,
            memory: container.memory, memoryReservation: container.memoryReservation,
            essential: container.essential ?? true, entryPoint: container.entryPoint ?? [],
            command: container.command ?? [],
            environment: try environment(container.environment, of: name),
            workingDirectory: container.workingDirectory, user: container.user,
            portMappings: (container.portMappings ?? []).compactMap(mapped),
            startTimeout: container.startTimeout, stopTimeout: container.stopTimeout,
            dependsOn: (container.dependsOn ?? []).compactMap(mapped),
            ulimits: (container.ulimits ?? []).map {
                Model.Ulimit(
                    name: $0.name?.rawValue ?? "", soft: $0.softLimit ?? 0, hard: $0.hardLimit ?? 0)
            }, gpus: try GPURequirement.count(container.resourceRequirements),
            restartPolicy: mapped(container.restartPolicy),
            healthCheck: mapped(container.healthCheck))
    }

    /// `nil` for one that says `NONE`.
    private func mapped(_ check: ECS.HealthCheck?) -> Model.HealthCheck? {
        guard let check, check.isSet else { return nil }
        return Model.HealthCheck(
            command: check.command ?? [],
            interval: check.interval ?? Model.HealthCheck.intervalDefault,
            timeout: check.timeout ?? Model.HealthCheck.timeoutDefault,
            retries: check.retries ?? Model.HealthCheck.retriesDefault,
            startPeriod: check.startPeriod ?? 0)
    }

    /// `nil` for one that is not enabled.
    private func mapped(_ policy: ECS.ContainerRestartPolicy?) -> Model.RestartPolicy? {
        guard let policy, policy.enabled == true else { return nil }
        return Model.RestartPolicy(
            ignoredExitCodes: policy.ignoredExitCodes ?? [],
            attemptPeriod: policy.restartAttemptPeriod
                ?? Model.RestartPolicy.attemptPeriodDefault)
    }

    /// `nil` for a range of ports, which an attribute stands for.
    private func mapped(_ mapping: ECS.PortMapping) -> Model.PortMapping? {
        guard let port = mapping.containerPort else { return nil }
        return Model.PortMapping(
            containerPort: port, hostPort: mapping.hostPort ?? 0,
            transport: mapping.`protocol` == .udp ? .udp : .tcp, name: mapping.name)
    }

    private func mapped(_ dependency: ECS.ContainerDependency) -> Model.ContainerDependency? {
        guard let container = dependency.containerName,
            let condition = dependency.condition.flatMap({
                Model.ContainerDependency.Condition(rawValue: $0.rawValue)
            })
        else { return nil }
        return Model.ContainerDependency(container: container, condition: condition)
    }
}
