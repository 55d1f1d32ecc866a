import ClusterState
import HashTreeCollections
import Model

extension Call {
    func stopTask(_ input: ECS.StopTaskRequest) async throws(APIError) -> ECS.StopTaskResponse {
        let cluster = try clusterReference(input.cluster)
        guard let text = input.task, !text.isEmpty else { throw invalid("Task cannot be empty.") }
        guard (input.reason ?? "").count <= 1_024 else {
            throw invalid("reason length must be at most 1024.")
        }
        let task = TaskReference(cluster: cluster, id: try taskID(text, cluster: cluster.name))
        let (outcome, state) = try await submit(.stopTask(task, reason: input.reason))
        guard case .task(let stopping) = outcome else { throw unexpected(outcome) }
        return ECS.StopTaskResponse(
            task: try rendered(stopping, cluster: cluster.name, in: state, tags: true))
    }

    func describeTasks(
        _ input: ECS.DescribeTasksRequest
    ) async throws(APIError) -> ECS.DescribeTasksResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        guard let asked = input.tasks, !asked.isEmpty else {
            throw invalid("Tasks cannot be empty.")
        }
        guard asked.count <= 100 else {
            throw invalid("Tasks cannot have more than 100 elements.")
        }
        let tags = (input.include ?? []).contains(.tags)
        var found: [ECS.Task] = []
        var failures: [ECS.Failure] = []
        for text in asked {
            let id = try taskID(text, cluster: cluster.name)
            if let task = state.tasks[id], task.cluster == cluster.id {
                found.append(try rendered(task, cluster: cluster.name, in: state, tags: tags))
            } else {
                failures.append(
                    ECS.Failure(arn: arns.task(id, cluster: cluster.name), reason: "MISSING"))
            }
        }
        return ECS.DescribeTasksResponse(tasks: found, failures: failures)
    }

    func listTasks(_ input: ECS.ListTasksRequest) async throws(APIError) -> ECS.ListTasksResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        if input.startedBy != nil,
            input.family != nil || input.serviceName != nil || input.containerInstance != nil
        {
            throw invalid("startedBy cannot be combined with other filters.")
        }
        let desired = DesiredStatus(rawValue: (input.desiredStatus ?? .running).rawValue)
        let instance = try instance(of: input, cluster: cluster)
        let service = try service(of: input, cluster: cluster, in: state)
        let scope: TaskScope =
            instance.map { .instance($0) } ?? service.map { .service($0) } ?? .cluster(cluster.id)
        let page = try page(after: input.nextToken, limit: input.maxResults) { last, maximum in
            guard let desired else { return [] }
            return state.taskIDs(
                of: scope, wanted: desired, after: last.flatMap { TaskID($0) }, atMost: maximum
            ) { task in
                task.cluster == cluster.id && (service == nil || task.service == service)
                    && (input.family == nil || task.definition.family == input.family)
                    && (input.startedBy == nil || task.startedBy == input.startedBy)
                    && (input.launchType.map { $0.rawValue == task.launchType.rawValue } ?? true)
            }.map(\.description)
        }
        return ECS.ListTasksResponse(
            taskArns: page.items.map { arns.task($0, cluster: cluster.name) },
            nextToken: page.nextToken)
    }

    private func instance(
        of input: ECS.ListTasksRequest, cluster: Model.Cluster
    ) throws(APIError) -> InstanceID? {
        guard let text = input.containerInstance, !text.isEmpty else { return nil }
        return try instanceID(text, cluster: cluster.name)
    }

    /// The service whose tasks are asked for, or the daemon's.
    private func service(
        of input: ECS.ListTasksRequest, cluster: Model.Cluster, in state: ClusterState
    ) throws(APIError) -> ServiceID? {
        if let text = input.daemonName, !text.isEmpty {
            guard (input.serviceName ?? "").isEmpty else {
                throw invalid("serviceName and daemonName cannot be combined.")
            }
            let name = ManagedDaemon.inner(try checkedName(text, what: "daemon name"))
            guard let service = state.service(name, in: cluster.id) else {
                throw invalid("The specified daemon was not found.")
            }
            return service.id
        }
        guard let text = input.serviceName, !text.isEmpty else { return nil }
        let name = try serviceName(text, cluster: cluster.name)
        guard let service = state.service(name, in: cluster.id) else {
            throw APIError(.serviceNotFound, "Service not found.")
        }
        return service.id
    }
}
