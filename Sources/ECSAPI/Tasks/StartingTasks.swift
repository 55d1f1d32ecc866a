import ClusterState
import Model

/// RunTask and StartTask.
extension Call {
    func runTask(_ input: ECS.RunTaskRequest) async throws(APIError) -> ECS.RunTaskResponse {
        guard (input.platformVersion ?? "").isEmpty else {
            throw invalid("The platform version must be null when specifying an EC2 launch type.")
        }
        let count = input.count ?? 1
        guard (1...10).contains(count) else {
            throw invalid("count should be between 1 and 10; it is \(count).")
        }
        guard (input.clientToken ?? "").utf8.count <= 64 else {
            throw invalid("clientToken length must be at most 64.")
        }
        var request = try taskRequest(TaskRequestMembers(input))
        request.launchType = try launchType(input.launchType)
        let command = RunTask(
            request: request, count: count,
            placementConstraints: try constraints(input.placementConstraints),
            placementStrategy: try strategy(input.placementStrategy),
            capacityProviderStrategy: try shares(
                input.capacityProviderStrategy, or: input.launchType),
            clientToken: input.clientToken)
        let (outcome, state) = try await submit(.runTask(command))
        let (tasks, failures) = try started(outcome, cluster: request.cluster.name, in: state)
        return ECS.RunTaskResponse(tasks: tasks, failures: failures)
    }

    func startTask(_ input: ECS.StartTaskRequest) async throws(APIError) -> ECS.StartTaskResponse {
        let request = try taskRequest(TaskRequestMembers(input))
        let instances = try instanceIDs(
            input.containerInstances, cluster: request.cluster.name, atMost: 10)
        let (outcome, state) = try await submit(
            .startTask(StartTask(request: request, instances: instances)))
        let (tasks, failures) = try started(outcome, cluster: request.cluster.name, in: state)
        return ECS.StartTaskResponse(tasks: tasks, failures: failures)
    }

    private func taskRequest(_ input: TaskRequestMembers) throws(APIError) -> TaskRequest {
        let cluster = try clusterReference(input.cluster)
        guard let text = input.taskDefinition, !text.isEmpty else {
            throw invalid("TaskDefinition cannot be empty.")
        }
        let definition = try definitionReference(text)
        guard (input.volumeConfigurations ?? []).isEmpty else {
            throw unsupported(
                "Muster does not have volumes configured at launch. Leave volumeConfigurations out."
            )
        }
        guard input.propagateTags != .service else {
            throw invalid("propagateTags should be one of [TASK_DEFINITION,NONE] for a task.")
        }
        let state = snapshot()
        try checkNetwork(input.networkConfiguration, for: definition, in: state)
        return TaskRequest(
            cluster: cluster, taskDefinition: definition,
            overrides: try overrides(input.overrides, of: definition, in: state),
            group: try group(input.group), startedBy: try startedBy(input.startedBy),
            enableManagedTags: input.enableECSManagedTags ?? false,
            propagateTags: propagation(input.propagateTags) ?? .none,
            takesCommands: input.enableExecuteCommand ?? false, tags: try tags(input.tags))
    }

    private func group(_ group: String?) throws(APIError) -> String? {
        guard let group, !group.isEmpty else { return nil }
        guard group.utf8.count <= 255 else {
            throw invalid("group length must be at most 255.")
        }
        guard !group.hasPrefix("service:") else {
            throw invalid("Invalid group: names that start with 'service:' belong to services.")
        }
        guard !group.hasPrefix("daemon:") else {
            throw invalid("Invalid group: names that start with 'daemon:' belong to daemons.")
        }
        return group
    }

    private func startedBy(_ text: String?) throws(APIError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        let allowed = text.unicodeScalars.allSatisfy {
            $0.isASCIILetterOrDigit || "-_/".unicodeScalars.contains($0)
        }
        guard text.utf8.count <= 128, allowed else {
            throw invalid(
                "startedBy should be at most 128 letters, digits, hyphens, underscores and forward "
                    + "slashes.")
        }
        return text
    }

    private func started(
        _ outcome: Outcome, cluster: String, in state: ClusterState
    ) throws(APIError) -> ([ECS.Task], [ECS.Failure]) {
        guard case .tasks(let tasks, let failures) = outcome else { throw unexpected(outcome) }
        var rendered: [ECS.Task] = []
        for task in tasks {
            rendered.append(try self.rendered(task, cluster: cluster, in: state, tags: true))
        }
        return (
            rendered,
            failures.map { failure in
                ECS.Failure(
                    arn: failure.instance.map { arns.instance($0, cluster: cluster) },
                    reason: failure.reason, detail: failure.detail)
            }
        )
    }
}

/// What RunTask and StartTask have in common.
private struct TaskRequestMembers {
    var cluster: String?
    var taskDefinition: String?
    var overrides: ECS.TaskOverride?
    var group: String?
    var startedBy: String?
    var networkConfiguration: ECS.NetworkConfiguration?
    var enableECSManagedTags: Bool?
    var enableExecuteCommand: Bool?
    var propagateTags: ECS.PropagateTags?
    var volumeConfigurations: [ECS.TaskVolumeConfiguration]?
    var tags: [ECS.Tag]?

    init(_ input: ECS.RunTaskRequest) {
        cluster = input.cluster
        taskDefinition = input.taskDefinition
        overrides = input.overrides
        group = input.group
        startedBy = input.startedBy
        networkConfiguration = input.networkConfiguration
        enableECSManagedTags = input.enableECSManagedTags
        enableExecuteCommand = input.enableExecuteCommand
        propagateTags = input.propagateTags
        volumeConfigurations = input.volumeConfigurations
        tags = input.tags
    }

    init(_ input: ECS.StartTaskRequest) {
        cluster = input.cluster
        taskDefinition = input.taskDefinition
        overrides = input.overrides
        group = input.group
        startedBy = input.startedBy
        networkConfiguration = input.networkConfiguration
        enableECSManagedTags = input.enableECSManagedTags
        enableExecuteCommand = input.enableExecuteCommand
        propagateTags = input.propagateTags
        volumeConfigurations = input.volumeConfigurations
        tags = input.tags
    }
}
