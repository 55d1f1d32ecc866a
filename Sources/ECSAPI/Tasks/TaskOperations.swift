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
        let desired = input.desiredStatus ?? .running
        let ids = try tasks(of: input, cluster: cluster, in: state)
            .filter { $0.desiredStatus.rawValue == desired.rawValue }
            .filter { input.family == nil || $0.definition.family == input.family }
            .filter { input.startedBy == nil || $0.startedBy == input.startedBy }
            .filter { task in
                input.launchType.map { $0.rawValue == task.launchType.rawValue } ?? true
            }
            .map { $0.id.description }
        let page = try page(ids, after: input.nextToken, limit: input.maxResults)
        return ECS.ListTasksResponse(
            taskArns: page.items.map { arns.task($0, cluster: cluster.name) },
            nextToken: page.nextToken)
    }

    /// The tasks that the filters for a service or an instance leave, by the shortest way.
    private func tasks(
        of input: ECS.ListTasksRequest, cluster: Model.Cluster, in state: ClusterState
    ) throws(APIError) -> [ECSTask] {
        var instance: InstanceID?
        if let text = input.containerInstance, !text.isEmpty {
            instance = try instanceID(text, cluster: cluster.name)
        }
        if let text = input.daemonName, !text.isEmpty {
            guard (input.serviceName ?? "").isEmpty else {
                throw invalid("serviceName and daemonName cannot be combined.")
            }
            let name = ManagedDaemon.inner(try checkedName(text, what: "daemon name"))
            guard let service = state.service(name, in: cluster.id) else {
                throw invalid("The specified daemon was not found.")
            }
            return state.tasks(of: service.id).filter { instance == nil || $0.instance == instance }
        }
        if let text = input.serviceName, !text.isEmpty {
            let name = try serviceName(text, cluster: cluster.name)
            guard let service = state.service(name, in: cluster.id) else {
                throw APIError(.serviceNotFound, "Service not found.")
            }
            return state.tasks(of: service.id).filter { instance == nil || $0.instance == instance }
        }
        if let instance {
            return state.tasks(on: instance).filter { $0.cluster == cluster.id }
        }
        return state.tasks(of: cluster.id)
    }
}
