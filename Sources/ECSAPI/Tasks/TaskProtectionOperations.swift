import ClusterState
import HashTreeCollections
import Model

/// Task scale-in protection.
extension Call {
    func updateTaskProtection(
        _ input: ECS.UpdateTaskProtectionRequest
    ) async throws(APIError) -> ECS.UpdateTaskProtectionResponse {
        let cluster = try clusterReference(input.cluster)
        let ids = try protectedTaskIDs(input.tasks, cluster: cluster.name, atMost: 10)
        let minutes = input.expiresInMinutes ?? TaskProtection.minutesStandard
        guard TaskProtection.minutes.contains(minutes) else {
            throw invalid(
                "expiresInMinutes should be between \(TaskProtection.minutes.lowerBound) and "
                    + "\(TaskProtection.minutes.upperBound); it is \(minutes).")
        }
        let (outcome, _) = try await submit(
            .updateTaskProtection(
                cluster, ids, minutes: input.protectionEnabled == true ? minutes : nil))
        guard case .protections(let protections, let failures) = outcome else {
            throw unexpected(outcome)
        }
        return ECS.UpdateTaskProtectionResponse(
            protectedTasks: protections.map { rendered($0, cluster: cluster.name) },
            failures: failures.map { rendered($0, cluster: cluster.name) })
    }

    func getTaskProtection(
        _ input: ECS.GetTaskProtectionRequest
    ) async throws(APIError) -> ECS.GetTaskProtectionResponse {
        let state = snapshot()
        let cluster = try activeCluster(input.cluster, in: state)
        let ids = try protectedTaskIDs(input.tasks, cluster: cluster.name, atMost: 100)
        var protections: [TaskProtection] = []
        var failures: [TaskProtection.Failure] = []
        for id in ids {
            guard let task = state.tasks[id], task.cluster == cluster.id else {
                failures.append(.missing(id))
                continue
            }
            guard task.service != nil else {
                failures.append(.ofNoService(id))
                continue
            }
            protections.append(TaskProtection(task: id, until: task.protectedUntil))
        }
        return ECS.GetTaskProtectionResponse(
            protectedTasks: protections.map { rendered($0, cluster: cluster.name) },
            failures: failures.map { rendered($0, cluster: cluster.name) })
    }

    /// The ids of a request's list of tasks, each once, in its order.
    private func protectedTaskIDs(
        _ texts: [String]?, cluster: String, atMost maximum: Int
    ) throws(APIError) -> [TaskID] {
        guard let texts, !texts.isEmpty else { throw invalid("Tasks cannot be empty.") }
        guard texts.count <= maximum else {
            throw invalid("Tasks cannot have more than \(maximum) elements.")
        }
        var ids: [TaskID] = []
        for text in texts {
            let id = try taskID(text, cluster: cluster)
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    private func rendered(_ protection: TaskProtection, cluster: String) -> ECS.ProtectedTask {
        ECS.ProtectedTask(
            taskArn: arns.task(protection.task, cluster: cluster),
            protectionEnabled: protection.until != nil,
            expirationDate: Timestamp(protection.until))
    }

    private func rendered(_ failure: TaskProtection.Failure, cluster: String) -> ECS.Failure {
        ECS.Failure(
            arn: arns.task(failure.task, cluster: cluster), reason: failure.reason,
            detail: failure.detail)
    }
}
