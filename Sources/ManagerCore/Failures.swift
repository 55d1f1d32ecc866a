import ClusterState
import HashTreeCollections
import Model
import OrderedCollections
import Rollout

/// What tasks that end by themselves, or find no place, mean for their deployment: its launches
/// slow down, and its circuit breaker counts.
extension ManagerCore {
    /// A task of a service ended by itself.
    ///
    /// For the circuit breaker a task has come to run once it stayed for `healthyAfter`: a process
    /// that exits at once is RUNNING for an instant, or for none at all, as it happens.
    mutating func countFailure(of task: ECSTask, _ report: TaskReport) {
        guard let id = task.service, let deployment = task.deployment,
            let service = state.services[id],
            service.deployments.contains(where: { $0.id == deployment })
                || service.taskSets.contains(where: { $0.id == deployment })
        else { return }
        let since = runningSince[task.id]
        let isStable =
            task.lastStatus == .running
            && since.map { now.monotonic - $0 >= LaunchTiming.stableAfter } ?? true
        if !isStable { slowDown(deployment, of: id) }
        let hadRun =
            task.lastStatus == .running
            ? since.map { now.monotonic - $0 >= settings.healthyAfter } ?? true
            : report.ranFor.map { $0 >= settings.healthyAfter } ?? false
        let hasCrashed = crashWatch.remove(task.id) != nil
        guard !hadRun || hasCrashed else { return }
        updateBreaker(of: deployment, id) { breaker in
            if !hadRun { breaker.count(.neverRan) }
            if hasCrashed { breaker.count(.crashed) }
        }
        tripIfDue(id, after: task.id)
    }

    private mutating func slowDown(_ deployment: DeploymentID, of id: ServiceID) {
        var throttle =
            throttles[deployment] ?? LaunchThrottle(delayMaximum: settings.launchDelayMaximum)
        let delayBefore = throttle.delay
        guard throttle.taskFailed(at: now.monotonic) else { return }
        throttles[deployment] = throttle
        guard let delay = throttle.delay else { return }
        schedule(.reconcile(id), after: delay)
        let time = now.wall + delay
        update(id) { service in
            guard let index = service.deployments.firstIndex(where: { $0.id == deployment })
            else { return }
            service.deployments[index].nextStartAt = time
        }
        guard throttle.isImpaired, let service = state.services[id],
            service.deployments.first?.id == deployment
        else { return }
        sayImpaired(service, next: delay, isNews: delay != delayBefore)
    }

    /// Tasks of the PRIMARY deployment found no place. They count as failed once that has gone on
    /// for a while, and then again each time.
    mutating func countUnplaced(_ count: Int, of id: ServiceID) {
        guard let service = state.services[id], let primary = service.deployments.first,
            service.deploymentConfiguration.circuitBreaker.enable,
            primary.rolloutState == .inProgress, !primary.tally.hasRun,
            let starvation = starved[id]
        else { return }
        let due = starvation.countsAt
        if let due, now.monotonic < due { return }
        starved[id]?.countsAt = now.monotonic + ManagerSettings.placementPatience
        schedule(.reconcile(id), after: ManagerSettings.placementPatience)
        guard due != nil else { return }
        updateBreaker(of: primary.id, id) { $0.count(.neverRan, times: count) }
        tripIfDue(id)
    }

    /// Changes what the circuit breaker knows of a deployment.
    mutating func updateBreaker(
        of id: DeploymentID, _ service: ServiceID, _ change: (inout CircuitBreaker) -> Void
    ) {
        update(service) { service in
            guard let index = service.deployments.firstIndex(where: { $0.id == id }) else { return }
            let deployment = service.deployments[index]
            var breaker = CircuitBreaker(
                failures: deployment.failedTasks, hasRun: deployment.tally.hasRun,
                crashes: deployment.tally.crashes)
            change(&breaker)
            service.deployments[index].failedTasks = breaker.failures
            service.deployments[index].tally.hasRun = breaker.hasRun
            service.deployments[index].tally.crashes = breaker.crashes
        }
    }

    /// While a task runs that may yet prove to stay, the verdict waits for it: it would reset the
    /// count.
    ///
    /// - Parameter task: It has just ended, though that is not in the state yet.
    mutating func tripIfDue(_ id: ServiceID, after task: TaskID? = nil) {
        guard let service = state.services[id], service.status == .active,
            service.deploymentConfiguration.circuitBreaker.enable,
            let primary = service.deployments.first, primary.rolloutState == .inProgress
        else { return }
        let breaker = CircuitBreaker(
            failures: primary.failedTasks, hasRun: primary.tally.hasRun,
            crashes: primary.tally.crashes)
        let isTripped = breaker.isTripped(
            desiredCount: service.desiredCount, crashesMaximum: CrashLoopRule(service.tags)?.count)
        guard isTripped else { return }
        let isUndecided = state.outlines(of: id).contains { other, outline in
            other != task && outline.deployment == primary.id && outline.lastStatus == .running
                && outline.desiredStatus == .running
        }
        if primary.tally.hasRun || !isUndecided { failDeployment(of: service) }
    }

    /// A task came to run: in services that ask for it, its end may count as a crash for a while.
    mutating func watchForCrash(of task: ECSTask) {
        guard let service = task.service.flatMap({ state.services[$0] }),
            service.deploymentConfiguration.circuitBreaker.enable,
            let rule = CrashLoopRule(service.tags), let primary = service.deployments.first,
            primary.id == task.deployment, primary.rolloutState == .inProgress
        else { return }
        crashWatch.insert(task.id)
        schedule(.provedLasting(task.id), after: rule.window)
    }
}

extension TaskReport {
    /// How long the task ran, by its worker's own clock, if it is over.
    fileprivate var ranFor: Duration? {
        guard let startedAt, let end = executionStoppedAt ?? stoppedAt, end > startedAt
        else { return nil }
        let (time, isTooLong) = end.milliseconds.subtractingReportingOverflow(
            startedAt.milliseconds)
        return .milliseconds(isTooLong ? .max : time)
    }
}
