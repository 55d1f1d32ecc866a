import ClusterState
import HashTreeCollections
import ManagerCore
import Model

/// Which marks of health a run comes to.
extension World {
    func observeHealth(_ record: ChangeRecord) {
        switch record.change {
        case .task(let task): observeHealth(of: task)
        case .serviceEvent(let event): observeFailureByHealth(event)
        default: break
        }
    }

    private func observeHealth(of task: ECSTask) {
        let service = task.service.flatMap { checker.state.services[$0] }
        if task.health == .unhealthy, task.desiredStatus == .running {
            unhealthyTasks.insert(task.id)
            if service == nil { reach(.unhealthyLeftAlone) }
            let start = task.startedAt ?? task.createdAt
            if let grace = service?.healthCheckGracePeriod,
                manager.clock.moment(at: now).wall < start + .seconds(grace)
            {
                reach(.unhealthyInGrace)
            }
            return
        }
        guard unhealthyTasks.remove(task.id) != nil else { return }
        if task.health == .healthy, task.desiredStatus == .running { reach(.unhealthyRecovered) }
        guard task.stoppedReason == ManagerCore.unhealthyReason, let service else { return }
        reach(.unhealthyReplaced)
        if service.schedulingStrategy == .daemon { return reach(.unhealthyDaemonReplaced) }
        let wanted = checker.bounds.counts[service.id]?.wanted ?? 0
        if wanted >= service.desiredCount { reach(.unhealthyReplacedStartFirst) }
    }

    private func observeFailureByHealth(_ event: ServiceEvent) {
        guard event.message.hasSuffix("deployment failed: tasks failed to start.") else { return }
        let last = checker.state.events(of: event.service).suffix(4)
        if last.contains(where: { $0.message.hasSuffix("failed container health checks.") }) {
            reach(.failedByHealth)
        }
    }
}
