import ClusterState
import HashTreeCollections
import ManagerCore
import Model

/// Which marks a run comes to.
extension World {
    func observe(_ event: Event) {
        guard case .silence(let silence) = event else { return }
        for lease in silence.expired
        where checker.silence.silence(of: lease.instance, at: now)?.cut != nil {
            reach(.workerLostByDisconnect)
        }
    }

    func observe(_ records: [ChangeRecord]) {
        for record in records {
            observeDeployment(record)
            observeHealth(record)
            switch record.change {
            case .instance(let instance): observe(instance, record)
            case .service(let service): observe(service)
            case .serviceEvent(let event): observe(event)
            case .task(let task):
                observe(task)
                if record.cause == "surely stopped", task.lastStatus == .stopped {
                    reach(.replacementWaited)
                }
            case .removeTask: reach(.taskForgotten)
            default: break
            }
        }
    }

    private func observe(_ instance: ContainerInstance, _ record: ChangeRecord) {
        if instance.agentConnected, instance.epoch > 1, record.cause == "Register" {
            reach(.workerCameBack)
            if lostInstances.remove(instance.id) != nil {
                reach(.lostInstanceCameBack)
                let tasks = checker.state.liveTasks(on: instance.id)
                if tasks.contains(where: { $0.onLost == .stop && $0.desiredStatus == .running }) {
                    reach(.wentOnAfterSilence)
                }
            }
        }
        guard record.cause == "lease expired", !instance.agentConnected else { return }
        lostInstances.insert(instance.id)
        reach(.workerLost)
        if instance.status == .draining { reach(.lostWhileDraining) }
        if checker.state.services.values.contains(where: { $0.deployments.count > 1 }) {
            reach(.lostDuringDeployment)
        }
    }

    private func observe(_ service: Service) {
        if service.deployments.count > 2 { reach(.threeDeploymentsAtOnce) }
        if service.deployments.first?.rolloutState == .completed { reach(.deploymentCompleted) }
        if service.status == .draining, service.deployments.count > 1 {
            reach(.serviceDeletedDuringDeployment)
        }
    }

    private func observe(_ event: ServiceEvent) {
        let phrases: [(String, Mark)] = [
            ("consistently start", .serviceImpaired), ("unable to place", .serviceStarved),
            ("holding replacements", .massSilenceHeld),
            ("unable to stop or start tasks during", .deploymentBlocked),
        ]
        for (phrase, mark) in phrases where event.message.contains(phrase) { reach(mark) }
    }

    private func observe(_ task: ECSTask) {
        if task.desiredStatus == .stopped, task.lastStatus == .pending {
            reach(.taskStoppedWhilePending)
        }
        guard task.lastStatus == .stopped else { return }
        switch task.stopCode {
        case .taskFailedToStart:
            reach(.taskFailedToStart)
            if task.stoppedReason?.contains("the most it may") == true { reach(.refusedAtLimit) }
        case .essentialContainerExited: reach(.essentialContainerExited)
        case .terminationNotice:
            if task.stoppedReason?.contains("came back without this task") == true {
                reach(.vanishedTaskClosed)
            }
        default: break
        }
    }

    /// Before the checker remembers the answer.
    func observe(_ command: Command, _ result: Result<Outcome, APIError>) {
        guard case .success(let outcome) = result else { return }
        switch (command, outcome) {
        case (.updateService, .service(let service)):
            if service.deployments.count > 1 { reach(.updatedDuringDeployment) }
        case (.createService(let request), _):
            if request.clientToken?.hasPrefix("again") == true { reach(.serviceMadeAgain) }
        case (.runTask(let request), .tasks(let tasks, let failures)):
            if !failures.isEmpty { reach(.placementRefused) }
            if let token = request.clientToken, !tasks.isEmpty,
                checker.answers.tasksOfToken[token] != nil
            {
                reach(.sameTokenSameTasks)
            }
        case (.updateContainerInstancesState(_, _, .draining), _): reach(.instanceDrained)
        case (.deregisterContainerInstance, _): reach(.instanceDeregistered)
        case (.resolveMassSilence, _): reach(.massSilenceResolved)
        default: break
        }
    }
}
