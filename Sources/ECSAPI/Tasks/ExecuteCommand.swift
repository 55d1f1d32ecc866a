import ClusterState
import HashTreeCollections
import Model

extension Call {
    /// Refuses as ECS does where no agent for commands runs beside a container.
    func executeCommand(
        _ input: ECS.ExecuteCommandRequest
    ) async throws(APIError) -> ECS.ExecuteCommandResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        guard let text = input.task, !text.isEmpty else { throw invalid("Task cannot be empty.") }
        guard input.command?.isEmpty == false else { throw invalid("Command cannot be empty.") }
        guard input.interactive == true else {
            throw invalid("Interactive is the only mode supported currently.")
        }
        let id = try taskID(text, cluster: cluster.name)
        guard let task = state.tasks[id], task.cluster == cluster.id else {
            throw invalid("The referenced task was not found.")
        }
        guard task.lastStatus == .running else {
            throw invalid(
                "The execute command failed because the task is \(task.lastStatus.name). Wait "
                    + "until it is RUNNING.")
        }
        if let name = input.container, !name.isEmpty {
            guard task.containers.contains(where: { $0.name == name }) else {
                throw invalid("The task has no container '\(shown(name))'.")
            }
        } else if task.containers.count > 1 {
            throw invalid(
                "The task has more than one container. Specify the name of one with container.")
        }
        throw APIError(
            .targetNotConnected,
            "The execute command failed because no agent for commands runs in the container: "
                + "Muster does not have ECS Exec yet.")
    }
}
