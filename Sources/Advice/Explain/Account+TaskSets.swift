import ClusterState
import ManagerCore
import Model

/// Services with the EXTERNAL deployment controller: each task set is judged as a service of its
/// own, and the one that is worst off speaks for all.
extension Account {
    mutating func judgeTaskSets(
        _ service: Service, _ live: [ECSTask], _ account: inout ServiceAccount
    ) {
        let sets = service.taskSets
        account.desired = sets.reduce(0) { $0 + $1.desiredCount(of: service.desiredCount) }
        account.deployments = sets.map { taskSet($0, live) }
        account.verdict = .steady
        account.summary =
            sets.isEmpty
            ? "It has no task set, and so no tasks: CreateTaskSet makes one."
            : "Each of its \(sets.count) task sets has the tasks that it is to have."
        var worst = Int.min
        for set in sets {
            var own = account
            let part = service.part(of: set)
            own.bounds = ServiceAccount.Bounds(part)
            own.verdict = .moving
            own.summary = ""
            guard let primary = part.deployments.first else { continue }
            judge(
                part, primary, reader.outlook(of: set, in: service),
                live.filter { $0.deployment == set.id }, &own)
            guard own.verdict != .steady, own.verdict.urgency > worst else { continue }
            worst = own.verdict.urgency
            own.summary = "Task set \(set.id): \(own.summary)"
            account = own
        }
    }

    private func taskSet(_ set: TaskSet, _ live: [ECSTask]) -> ServiceAccount.Deployment {
        let counts = TaskCounts(live.filter { $0.deployment == set.id })
        return ServiceAccount.Deployment(
            id: "\(set.id)", isPrimary: set.isPrimary, taskDefinition: "\(set.taskDefinition)",
            rolloutState: set.isSteady ? "STEADY_STATE" : "STABILIZING",
            rolloutStateReason: set.isDraining ? "It was deleted." : "Its scale is \(set.scale) %.",
            running: counts.running, pending: counts.pending, failedTasks: 0)
    }
}

extension ServiceAccount.Verdict {
    /// Which of several task sets is to be told of.
    fileprivate var urgency: Int { isInTheWay ? 2 : self == .throttled ? 1 : 0 }
}
