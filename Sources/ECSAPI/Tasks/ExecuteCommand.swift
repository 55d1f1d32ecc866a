import ClusterState
import HashTreeCollections
import Model

extension Call {
    /// Checks as ECS does, and then refuses: the session that ECS answers with is one of AWS
    /// Systems Manager, which the AWS CLI's plugin speaks to. `muster exec` needs none.
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
        let container = try CommandTarget.container(input.container, of: task)
        throw APIError(
            .targetNotConnected,
            "The execute command failed because no agent of AWS Systems Manager runs beside "
                + "container \(container): Muster has a way of its own. Run 'muster exec -i -t "
                + "\(task.id) --cluster \(cluster.name) --container \(container) -- COMMAND'.")
    }
}

/// Whether a command can be run in a task's container, by ECS's rules.
enum CommandTarget {
    /// - Parameter name: Needed of a task with more than one container.
    /// - Returns: The container's name.
    static func container(_ name: String?, of task: ECSTask) throws(APIError) -> String {
        guard task.lastStatus == .running else {
            throw invalid(
                "The execute command failed because the task is \(task.lastStatus.name). Wait "
                    + "until it is RUNNING.")
        }
        guard task.takesCommands else {
            throw invalid(
                "The execute command failed because execute command was not enabled when the task "
                    + "was run or the execute command agent isn't running. Wait and try again or "
                    + "run a new task with execute command enabled and try again.")
        }
        let container = try found(name, in: task)
        guard container.lastStatus == .running else {
            throw invalid(
                "The execute command failed because the container \(container.name) is "
                    + "\(container.lastStatus.name). Wait until it is RUNNING.")
        }
        return container.name
    }

    private static func found(
        _ name: String?, in task: ECSTask
    ) throws(APIError) -> Model.Container {
        if let name, !name.isEmpty {
            guard let container = task.containers.first(where: { $0.name == name }) else {
                throw invalid("The task has no container '\(name.prefix(128))'.")
            }
            return container
        }
        guard let only = task.containers.first, task.containers.count == 1 else {
            throw invalid(
                "The task has more than one container. Specify the name of one with container.")
        }
        return only
    }

    private static func invalid(_ message: String) -> APIError {
        APIError(.invalidParameter, message)
    }
}
