import Model

/// Checks a definition as RegisterTaskDefinition gives it and fills in ECS's defaults.
struct TaskDefinitionChecks {
    private let input: ECS.RegisterTaskDefinitionRequest
    private let networkMode: ECS.NetworkMode
    private let taskCPU: Int?
    private let taskMemory: Int?

    init(_ input: ECS.RegisterTaskDefinitionRequest) throws(APIError) {
        self.input = input
        networkMode = input.networkMode ?? .bridge
        taskCPU = try TaskSize.cpu(input.cpu)
        taskMemory = try TaskSize.memory(input.memory)
    }

    /// The whole definition as Describe gives it, but for what only its registration brings.
    func definition() throws(APIError) -> ECS.TaskDefinition {
        var containers: [ECS.ContainerDefinition] = []
        for container in input.containerDefinitions ?? [] {
            containers.append(
                try ContainerChecks(
                    container, networkMode: networkMode, hasTaskMemory: taskMemory != nil
                ).checked())
        }
        try checkTogether(containers)
        try ContainerRelations(containers, volumes: input.volumes ?? []).check()
        try checkTask()
        return ECS.TaskDefinition(
            containerDefinitions: containers, family: input.family,
            taskRoleArn: input.taskRoleArn, executionRoleArn: input.executionRoleArn,
            networkMode: networkMode, volumes: input.volumes ?? [],
            placementConstraints: input.placementConstraints ?? [],
            compatibilities: compatibilities, runtimePlatform: input.runtimePlatform,
            requiresCompatibilities: input.requiresCompatibilities,
            cpu: taskCPU.map { String($0) }, memory: taskMemory.map { String($0) },
            inferenceAccelerators: input.inferenceAccelerators, pidMode: input.pidMode,
            ipcMode: input.ipcMode, proxyConfiguration: input.proxyConfiguration,
            ephemeralStorage: input.ephemeralStorage,
            enableFaultInjection: input.enableFaultInjection)
    }

    private func checkTogether(_ containers: [ECS.ContainerDefinition]) throws(APIError) {
        guard !containers.isEmpty else { throw refusal("Container list cannot be empty.") }
        guard containers.count <= 10 else {
            throw refusal("A task definition can have at most 10 containers.")
        }
        guard containers.contains(where: { $0.essential == true }) else {
            throw refusal("At least one container of a task definition must be essential.")
        }
        let memory = containers.reduce(0) { $0 + ($1.memoryReservation ?? $1.memory ?? 0) }
        if let taskMemory, memory > taskMemory {
            throw refusal(
                "The containers' memory, \(memory) MiB in all, is more than the task's memory of "
                    + "\(taskMemory) MiB.")
        }
        let cpu = containers.reduce(0) { $0 + ($1.cpu ?? 0) }
        if let taskCPU, cpu > taskCPU {
            throw refusal(
                "The containers' cpu, \(cpu) units in all, is more than the task's cpu of "
                    + "\(taskCPU) units.")
        }
        var taken: Set<String> = []
        for mapping in containers.flatMap({ $0.portMappings ?? [] }) {
            guard let port = mapping.hostPort, port != 0 else { continue }
            let key = "\(port)/\(mapping.`protocol`?.rawValue ?? "tcp")"
            guard taken.insert(key).inserted else {
                throw refusal("The host port \(key) is asked for more than once.")
            }
        }
    }

    private func checkTask() throws(APIError) {
        if input.proxyConfiguration != nil, networkMode != .awsvpc {
            throw refusal("proxyConfiguration needs networkMode=awsvpc.")
        }
        guard (input.requiresCompatibilities ?? []).contains(.fargate) else { return }
        guard networkMode == .awsvpc else {
            throw refusal("Fargate only supports network mode 'awsvpc'.")
        }
        guard let taskCPU else {
            throw refusal("Fargate requires that 'cpu' be defined at the task level.")
        }
        guard let taskMemory else {
            throw refusal("Fargate requires that 'memory' be defined at the task level.")
        }
        guard TaskSize.isFargate(cpu: taskCPU, memory: taskMemory) else {
            throw refusal("No Fargate configuration exists for given values.")
        }
    }

    /// Where the definition could run in ECS.
    private var compatibilities: [ECS.Compatibility] {
        guard networkMode == .awsvpc else { return [.external, .ec2] }
        if let taskCPU, let taskMemory, TaskSize.isFargate(cpu: taskCPU, memory: taskMemory) {
            return [.ec2, .fargate]
        }
        return [.ec2]
    }

    private func refusal(_ message: String) -> APIError { APIError(.client, message) }
}
