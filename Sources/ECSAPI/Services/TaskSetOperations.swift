import ClusterState
import Model

/// Task sets of services with the EXTERNAL deployment controller.
extension Call {
    func createTaskSet(
        _ input: ECS.CreateTaskSetRequest
    ) async throws(APIError) -> ECS.CreateTaskSetResponse {
        let service = try taskSetService(input.service, input.cluster)
        guard let definition = input.taskDefinition, !definition.isEmpty else {
            throw invalid("TaskDefinition cannot be empty.")
        }
        try TaskSetFeatures.check(input, self)
        let reference = try definitionReference(definition)
        try checkNetwork(nil, for: reference, in: snapshot())
        guard (input.clientToken ?? "").utf8.count <= 36 else {
            throw invalid("clientToken length must be at most 36.")
        }
        let command = CreateTaskSet(
            service: service, taskDefinition: reference,
            launchType: try launchType(input.launchType),
            scale: try percent(input.scale) ?? 0, externalID: input.externalId,
            clientToken: input.clientToken, tags: try serviceTags(input.tags))
        return ECS.CreateTaskSetResponse(taskSet: try await submitTaskSet(.createTaskSet(command)))
    }

    func updateTaskSet(
        _ input: ECS.UpdateTaskSetRequest
    ) async throws(APIError) -> ECS.UpdateTaskSetResponse {
        let service = try taskSetService(input.service, input.cluster)
        guard let scale = try percent(input.scale) else { throw invalid("Scale cannot be empty.") }
        let id = try taskSetID(input.taskSet)
        return ECS.UpdateTaskSetResponse(
            taskSet: try await submitTaskSet(.updateTaskSet(service, id, scale: scale)))
    }

    func deleteTaskSet(
        _ input: ECS.DeleteTaskSetRequest
    ) async throws(APIError) -> ECS.DeleteTaskSetResponse {
        let service = try taskSetService(input.service, input.cluster)
        let id = try taskSetID(input.taskSet)
        return ECS.DeleteTaskSetResponse(
            taskSet: try await submitTaskSet(
                .deleteTaskSet(service, id, force: input.force ?? false)))
    }

    func updateServicePrimaryTaskSet(
        _ input: ECS.UpdateServicePrimaryTaskSetRequest
    ) async throws(APIError) -> ECS.UpdateServicePrimaryTaskSetResponse {
        let service = try taskSetService(input.service, input.cluster)
        let id = try taskSetID(input.primaryTaskSet)
        return ECS.UpdateServicePrimaryTaskSetResponse(
            taskSet: try await submitTaskSet(.updateServicePrimaryTaskSet(service, id)))
    }

    func describeTaskSets(
        _ input: ECS.DescribeTaskSetsRequest
    ) async throws(APIError) -> ECS.DescribeTaskSetsResponse {
        let state = snapshot()
        let reference = try taskSetService(input.service, input.cluster)
        let cluster = try activeCluster(input.cluster, in: state)
        guard let service = state.service(reference.name, in: cluster.id) else {
            throw APIError(.serviceNotFound, "Service not found.")
        }
        guard service.status != .inactive else {
            throw APIError(.serviceNotActive, "Service was not ACTIVE.")
        }
        let tags = (input.include ?? []).contains(.tags)
        guard let asked = input.taskSets, !asked.isEmpty else {
            return ECS.DescribeTaskSetsResponse(
                taskSets: service.taskSets.map { rendered($0, of: service, in: state, tags: tags) },
                failures: [])
        }
        var found: [ECS.TaskSet] = []
        var failures: [ECS.Failure] = []
        for text in asked {
            let id = try taskSetID(text)
            if let set = service.taskSets.first(where: { $0.id == id }) {
                found.append(rendered(set, of: service, in: state, tags: tags))
            } else {
                let arn =
                    text.hasPrefix("arn:")
                    ? text : arns.taskSet(id, of: service.name, cluster: cluster.name)
                failures.append(ECS.Failure(arn: arn, reason: "MISSING"))
            }
        }
        return ECS.DescribeTaskSetsResponse(taskSets: found, failures: failures)
    }

    private func taskSetService(
        _ text: String?, _ cluster: String?
    ) throws(APIError) -> ServiceReference {
        let cluster = try clusterReference(cluster)
        guard let text, !text.isEmpty else { throw invalid("Service cannot be empty.") }
        return ServiceReference(
            cluster: cluster, name: try serviceName(text, cluster: cluster.name))
    }

    /// `ecs-svc/<number>`, or an ARN that ends so.
    func taskSetID(_ text: String?) throws(APIError) -> DeploymentID {
        guard let text, !text.isEmpty else { throw invalid("Task set cannot be empty.") }
        let parts = text.split(separator: "/")
        let isNamed = parts.count == 2 || text.contains(":task-set/") && parts.count == 5
        guard isNamed, parts[parts.count - 2] == "ecs-svc",
            let number = UInt64(parts[parts.count - 1])
        else {
            throw invalid(
                "Invalid identifier: \(shown(text)) is neither the id nor the ARN of a task set.")
        }
        return DeploymentID(number: number)
    }

    private func percent(_ scale: ECS.Scale?) throws(APIError) -> Double? {
        guard let value = scale?.value else { return nil }
        guard value >= 0, value <= 100 else {
            throw invalid("The scale of a task set must be between 0 and 100 percent.")
        }
        return value
    }

    private func submitTaskSet(_ command: Command) async throws(APIError) -> ECS.TaskSet {
        let (outcome, state) = try await submit(command)
        guard case .taskSet(let set, let service) = outcome else { throw unexpected(outcome) }
        return rendered(set, of: service, in: state, tags: true)
    }
}

/// What a task set may ask for and Muster can't honour.
private enum TaskSetFeatures {
    static func check(_ input: ECS.CreateTaskSetRequest, _ call: Call) throws(APIError) {
        if !(input.loadBalancers ?? []).isEmpty {
            throw call.unsupported("Muster has no load balancers yet. Leave loadBalancers out.")
        }
        if !(input.serviceRegistries ?? []).isEmpty {
            throw call.unsupported(
                "Muster has no service discovery yet. Leave serviceRegistries out.")
        }
        if !(input.capacityProviderStrategy ?? []).isEmpty {
            throw call.unsupported(
                "Muster places task sets without capacity providers. Use launchType EC2 instead.")
        }
        if !(input.platformVersion ?? "").isEmpty {
            throw call.invalid(
                "The platform version must be null when specifying an EC2 launch type.")
        }
        if input.networkConfiguration?.awsvpcConfiguration != nil {
            throw call.unsupported(
                "Muster does not run task sets in networks of their own. Leave "
                    + "networkConfiguration out.")
        }
    }
}
