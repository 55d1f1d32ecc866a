import ClusterState
import HashTreeCollections
import Model

/// Which marks of deployments a run comes to.
extension World {
    func observeDeployment(_ record: ChangeRecord) {
        switch record.change {
        case .service(let service): observeDeployments(of: service)
        case .serviceEvent(let event):
            observeFailure(event)
            observeMoves(event)
        case .serviceDeployment(let deployment): observe(deployment)
        case .task(let task): observeOrigin(of: task, record)
        default: break
        }
    }

    private func observeDeployments(of service: Service) {
        if service.deployments.count > 1, movingServices.remove(service.id) != nil {
            reach(.movesOvertaken)
        }
        if service.deployments.contains(where: { $0.tally.crashes > 0 }) {
            reach(.crashLoopCounted)
        }
        guard service.schedulingStrategy == .daemon, service.deployments.count == 1,
            service.deployments[0].rolloutState == .completed, service.desiredCount > 1
        else { return }
        reach(.daemonEverywhere)
    }

    private func observeFailure(_ event: ServiceEvent) {
        guard event.message.hasSuffix("deployment failed: tasks failed to start.") else { return }
        reach(.breakerTripped)
        let before = checker.state.events(of: event.service).last { $0.sequence < event.sequence }
        guard let before, before.message.contains("unable to place") else { return }
        reach(.breakerTrippedWithoutPlace)
    }

    private func observeMoves(_ event: ServiceEvent) {
        let text = event.message
        if text.contains(" to AZ Rebalance: ") || text.contains("tasks to rebalance over") {
            movingServices.insert(event.service)
        }
        guard text.contains("has stopped") || text.contains("is AZ balanced") else { return }
        if text.contains("due to AZ rebalancing") { reach(.movedOverZones) }
        if text.contains("to rebalance over instances") { reach(.movedOverInstances) }
        if text.contains("is AZ balanced") { reach(.zonesEven) }
        movingServices.remove(event.service)
    }

    private func observe(_ deployment: ServiceDeployment) {
        switch deployment.status {
        case .rollbackInProgress:
            reach(.rollbackBegan)
            rollbackRuns[deployment.id] = manager.run
            if routes.contains(where: { $0.blockedUntil.contains { $0 > now } }) {
                reach(.rolledBackDuringPartition)
            }
        case .rollbackSuccessful:
            reach(.rolledBack)
            if rollbackRuns[deployment.id] != manager.run { reach(.rollbackOverManagerRestart) }
            rollbackRuns[deployment.id] = nil
        case .rollbackFailed: reach(.rollbackFailed)
        case .stopRequested:
            let reason = deployment.statusReason ?? ""
            if reason.contains("by a user") { reach(.deploymentStoppedByOperator) }
            if reason.hasPrefix("A newer") { reach(.deploymentSuperseded) }
            if deployment.isTripped { reach(.failedWithoutTarget) }
        case .successful:
            let service = checker.state.services[deployment.service]
            if service?.schedulingStrategy == .daemon, !deployment.sources.isEmpty {
                reach(.daemonRolledOut)
            }
        default: break
        }
    }

    private func observeOrigin(of task: ECSTask, _ record: ChangeRecord) {
        guard let service = task.service.flatMap({ checker.state.services[$0] }) else { return }
        let isDaemon = service.schedulingStrategy == .daemon
        if task.version == 1 {
            if isDaemon, record.cause == "Register" { reach(.daemonOnJoiningInstance) }
            if service.deployments.dropFirst().contains(where: { $0.id == task.deployment }) {
                reach(.oldTaskReplaced)
            }
        } else if isDaemon, task.desiredStatus == .stopped,
            task.stopCode == .serviceSchedulerInitiated,
            checker.state.instances[task.instance]?.status == .draining
        {
            reach(.daemonLeftDrainingInstance)
        }
    }
}
