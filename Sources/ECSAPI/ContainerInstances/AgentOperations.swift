import ClusterState
import HashTreeCollections
import Model

/// What ECS's agent calls. Muster's workers report over sessions of their own, and a worker is
/// believed within its session alone: what comes this way changes nothing. A state that the task
/// has reached, or is beyond, is acknowledged, since that is all an agent needs to know; any other
/// is refused.
extension Call {
    func discoverPollEndpoint(
        _ input: ECS.DiscoverPollEndpointRequest
    ) async throws(APIError) -> ECS.DiscoverPollEndpointResponse {
        let cluster = try clusterName(input.cluster)
        if let text = input.containerInstance, !text.isEmpty {
            _ = try instanceID(text, cluster: cluster)
        }
        throw unsupported(
            "DiscoverPollEndpoint has nothing to tell: Muster has no endpoint that the agent of "
                + "ECS can poll, since its workers keep a stream to the manager. Run 'muster "
                + "worker' on the machine instead of the agent.")
    }

    func submitTaskStateChange(
        _ input: ECS.SubmitTaskStateChangeRequest
    ) async throws(APIError) -> ECS.SubmitTaskStateChangeResponse {
        let task = try reported(input.task, in: input.cluster)
        try checkAttachments(input.attachments)
        if let agent = input.managedAgents?.first {
            throw invalid(
                "The container '\(shown(agent.containerName ?? ""))' has no managed agent that "
                    + "could report: commands are run by its worker, 'muster worker'.")
        }
        if let status = input.status, !status.isEmpty {
            guard let status = TaskStatus.allCases.first(where: { $0.name == status }) else {
                throw invalid(
                    "Invalid task status '\(shown(status))': it should be one of "
                        + "[\(TaskStatus.allCases.map(\.name).joined(separator: ","))].")
            }
            guard status <= task.lastStatus else {
                throw notBelieved(task, "the task is \(task.lastStatus.name)")
            }
        }
        for change in input.containers ?? [] {
            try check(change.containerName, change.status, of: task)
        }
        return ECS.SubmitTaskStateChangeResponse(acknowledgment: Self.acknowledgment)
    }

    func submitContainerStateChange(
        _ input: ECS.SubmitContainerStateChangeRequest
    ) async throws(APIError) -> ECS.SubmitContainerStateChangeResponse {
        let task = try reported(input.task, in: input.cluster)
        try check(input.containerName, input.status, of: task)
        return ECS.SubmitContainerStateChangeResponse(acknowledgment: Self.acknowledgment)
    }

    func submitAttachmentStateChanges(
        _ input: ECS.SubmitAttachmentStateChangesRequest
    ) async throws(APIError) -> ECS.SubmitAttachmentStateChangesResponse {
        _ = try activeCluster(input.cluster, in: snapshot())
        try checkAttachments(input.attachments)
        return ECS.SubmitAttachmentStateChangesResponse(acknowledgment: Self.acknowledgment)
    }

    /// A worker's program is the machine's business.
    func updateContainerAgent(
        _ input: ECS.UpdateContainerAgentRequest
    ) async throws(APIError) -> ECS.UpdateContainerAgentResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        guard let text = input.containerInstance, !text.isEmpty else {
            throw invalid("Container instance cannot be empty.")
        }
        let id = try instanceID(text, cluster: cluster.name)
        guard let instance = state.instances[id], instance.cluster == cluster.id,
            instance.status != .inactive
        else { throw invalid("The referenced container instance was not found.") }
        throw APIError(
            .noUpdateAvailable,
            "There is no update that Muster could install: put the newer muster on the machine "
                + "of \(shown(instance.name)) and restart its worker. Its tasks go on meanwhile.")
    }

    /// What ECS answers to a report; agents don't read it.
    private static let acknowledgment = "ACCEPT"

    private func reported(_ text: String?, in cluster: String?) throws(APIError) -> ECSTask {
        let state = snapshot()
        let cluster = try activeCluster(cluster, in: state)
        guard let text, !text.isEmpty else { throw invalid("Task cannot be empty.") }
        let id = try taskID(text, cluster: cluster.name)
        guard let task = state.tasks[id], task.cluster == cluster.id else {
            throw invalid("The referenced task was not found.")
        }
        return task
    }

    private func check(
        _ name: String?, _ status: String?, of task: ECSTask
    ) throws(APIError) {
        guard let name, !name.isEmpty else { throw invalid("Container name cannot be empty.") }
        guard let container = task.containers.first(where: { $0.name == name }) else {
            throw invalid("The task has no container '\(shown(name))'.")
        }
        guard let status, !status.isEmpty else { return }
        let known: [ContainerStatus] = [.pending, .running, .stopped]
        guard let status = known.first(where: { $0.name == status }) else {
            throw invalid(
                "Invalid container status '\(shown(status))': it should be one of "
                    + "[\(known.map(\.name).joined(separator: ","))].")
        }
        guard status <= container.lastStatus else {
            throw notBelieved(task, "its container \(name) is \(container.lastStatus.name)")
        }
    }

    private func notBelieved(_ task: ECSTask, _ standing: String) -> APIError {
        APIError(
            .client,
            "As the worker of task \(task.id) reports, \(standing); only that worker, in its "
                + "session with the manager, may say more. Nothing was changed.")
    }

    /// No task has one: there are no network interfaces or volumes that ECS would attach.
    private func checkAttachments(
        _ attachments: [ECS.AttachmentStateChange]?
    ) throws(APIError) {
        guard let attachment = attachments?.first else { return }
        throw invalid(
            "There is no attachment \(shown(attachment.attachmentArn ?? "")): Muster attaches "
                + "nothing to tasks and container instances.")
    }
}
