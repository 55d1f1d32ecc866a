import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Placement
import Rollout

extension Account {
    mutating func service(_ service: Service) -> ServiceAccount {
        let tasks = state.tasks(of: service.id)
        let live = tasks.filter { $0.lastStatus != .stopped }
        let counts = TaskCounts(live)
        var account = ServiceAccount(
            name: service.name, status: service.status.rawValue,
            schedulingStrategy: service.schedulingStrategy.rawValue,
            desired: service.desiredCount, running: counts.running, pending: counts.pending,
            stopping: live.count { $0.desiredStatus == .stopped }, verdict: .moving, summary: "",
            remedies: [], toStart: 0, toStop: 0, bounds: ServiceAccount.Bounds(service),
            deployments: service.deployments.map { deployment(of: service, $0, live) },
            recentStops: recentStops(tasks),
            events: state.events(of: service.id).suffix(ServiceAccount.eventsMaximum).reversed()
                .map { ServiceAccount.Event(at: $0.createdAt.milliseconds, message: $0.message) })
        switch service.status {
        case .inactive:
            account.verdict = .inactive
            account.summary = "It was deleted, and its last task has stopped."
        case .draining:
            account.verdict = .draining
            account.summary = "It was deleted: \(live.count.tasks) left to stop."
            account.toStop = live.count { $0.desiredStatus == .running }
        case .active: judge(service, live, &account)
        }
        return account
    }

    private func deployment(
        of service: Service, _ deployment: Deployment, _ live: [ECSTask]
    ) -> ServiceAccount.Deployment {
        let counts = TaskCounts(live.filter { $0.deployment == deployment.id })
        let hasBreaker = service.deploymentConfiguration.circuitBreaker.enable
        return ServiceAccount.Deployment(
            id: "\(deployment.id)", isPrimary: deployment.id == service.deployments.first?.id,
            taskDefinition: "\(deployment.taskDefinition)",
            rolloutState: deployment.rolloutState.rawValue,
            rolloutStateReason: deployment.rolloutStateReason, running: counts.running,
            pending: counts.pending, failedTasks: deployment.failedTasks,
            failedTasksMaximum: hasBreaker
                ? CircuitBreakerSettings.threshold(desiredCount: service.desiredCount) : nil,
            nextStartAt: deployment.nextStartAt?.milliseconds)
    }

    private func recentStops(_ tasks: [ECSTask]) -> [ServiceAccount.Stop] {
        let stopped = tasks.filter { $0.lastStatus == .stopped }.sorted {
            ($0.stoppedAt ?? $0.createdAt, $0.id) > ($1.stoppedAt ?? $1.createdAt, $1.id)
        }
        return stopped.prefix(ServiceAccount.stopsMaximum).map { task in
            ServiceAccount.Stop(
                task: "\(task.id)", taskDefinition: "\(task.definition)",
                worker: worker(task.instance), code: task.stopCode?.rawValue,
                reason: task.stoppedReason, exitCodes: task.containers.compactMap(\.exitCode),
                stoppedAt: task.stoppedAt?.milliseconds)
        }
    }

    // MARK: What keeps it as it is

    private mutating func judge(
        _ service: Service, _ live: [ECSTask], _ account: inout ServiceAccount
    ) {
        if service.controller == .external { return judgeTaskSets(service, live, &account) }
        guard let primary = service.deployments.first else { return }
        if let plan = reader.daemonPlan(of: service) {
            return judge(service, primary, plan, &account)
        }
        guard let outlook = reader.outlook(of: service) else { return }
        judge(service, primary, outlook, live, &account)
    }

    mutating func judge(
        _ service: Service, _ primary: Deployment, _ outlook: StateReader.Outlook,
        _ live: [ECSTask], _ account: inout ServiceAccount
    ) {
        let plan = outlook.plan
        account.toStart = plan.start + plan.restore
        account.toStop = plan.stop.count + plan.stopUnhealthy.count
        let starting = plan.restore > 0 ? service.deployments.dropFirst().first : primary
        let need = reader.need(of: service, starting ?? primary)
        if let need { account.placement = placement(of: need, .now) }
        if primary.rolloutState == .failed {
            return fail(primary, &account)
        } else if account.toStart > 0 {
            judgeStart(of: starting ?? primary, &account)
        } else if account.toStop > 0 {
            account.summary = "\(account.toStop.tasks) about to be stopped."
        } else if plan.isBlocked {
            block(outlook.view, &account)
        } else if plan.isHeldByProtection {
            protect(service, live, &account)
        } else {
            settle(outlook.view, isSteady: plan.isSteady, primary, &account)
        }
    }

    private func fail(_ primary: Deployment, _ account: inout ServiceAccount) {
        account.verdict = .failed
        account.summary =
            "Its deployment \(primary.id) FAILED and launches nothing any more: "
            + primary.rolloutStateReason
        account.remedies = ["update the service: a new deployment takes the place of this one"]
    }

    private func judgeStart(of deployment: Deployment, _ account: inout ServiceAccount) {
        let what = account.toStart.tasks + (account.toStart == 1 ? " is" : " are")
        if let next = deployment.nextStartAt, next > time {
            account.verdict = .throttled
            account.summary =
                "\(what) to be started, and launches are delayed since "
                + "tasks of the deployment ended soon after their start."
            account.nextTry = "when the delay is over"
            account.nextTryAt = next.milliseconds
            account.remedies = ["see why they end: recent stops, and 'muster explain' of one"]
        } else if let placement = account.placement, placement.fitting == 0 {
            account.verdict = .noRoom
            account.summary =
                placement.nearest.map {
                    "\(what) missing: of \(placement.candidates) instances none can take another. "
                        + "\($0.worker) comes nearest: \($0.detail)"
                } ?? "\(what) missing: the cluster has no container instances."
            account.nextTry =
                "as soon as an instance comes or changes, or a task of the cluster stops"
            account.remedies = [
                placement.nearest?.remedy ?? "start a worker and let it join this cluster"
            ]
        } else {
            account.summary = "\(what) about to be started."
        }
    }

    /// The bounds allow no move: which of them would have to be another, and at least how much.
    private func block(_ view: ServiceView, _ account: inout ServiceAccount) {
        let (lower, upper) = (account.bounds.lower, account.bounds.upper)
        let healthy = view.tasks.count { $0.isHealthy && !$0.isUncertain }
        account.verdict = .blocked
        account.summary =
            "At most \(upper) tasks may be there and \(view.tasks.count) are, so none may start; "
            + "at least \(lower) must be healthy and \(healthy) are, so none may stop."
        account.nextTry = "when a task of the service ends by itself, or its settings change"
        let desired = max(1, view.desiredCount)
        let maximum = ((view.tasks.count + 1) * 100 + desired - 1) / desired
        account.remedies = ["a maximumPercent of \(maximum) or more"]
        if healthy > 0 {
            let minimum = (healthy - 1) * 100 / desired
            account.remedies.append("a minimumHealthyPercent of \(minimum) or less")
        }
    }

    private func protect(
        _ service: Service, _ live: [ECSTask], _ account: inout ServiceAccount
    ) {
        let ends = live.filter { $0.desiredStatus == .running }.compactMap(\.protectedUntil)
            .filter { $0 > time }
        account.verdict = .protected
        account.summary =
            "Tasks are to stop, but only such are left that are protected from it: \(ends.count)."
        account.nextTry = "when the protection of one ends"
        account.nextTryAt = ends.min()?.milliseconds
        account.remedies = ["end their protection (UpdateTaskProtection)"]
    }

    private func settle(
        _ view: ServiceView, isSteady: Bool, _ primary: Deployment,
        _ account: inout ServiceAccount
    ) {
        if isSteady {
            account.verdict = primary.rolloutState == .completed ? .steady : .moving
            account.summary =
                (view.desiredCount == 1
                    ? "Its one task runs" : "All \(view.desiredCount) tasks run")
                + (account.verdict == .steady
                    ? " and its deployment is completed." : "; its deployment is being completed.")
            return
        }
        let waits = [
            (view.tasks.count { $0.status < .running }, "to run"),
            (view.tasks.count(where: \.isUnhealthy), "that is UNHEALTHY to be replaced"),
            (
                view.tasks.count { $0.status == .running && !$0.isHealthy && !$0.isUnhealthy },
                "to prove healthy"
            ),
            (view.tasks.count(where: \.isUncertain), "to be heard of"),
            (view.stopping, "to stop"),
        ].filter { $0.0 > 0 }.map { "\($0.0.tasks) \($0.1)" }
        account.summary =
            waits.isEmpty
            ? "It is about to look at its tasks."
            : "It waits for "
                + waits.joined(separator: ", ") + "."
    }

    // MARK: DAEMON

    private mutating func judge(
        _ service: Service, _ primary: Deployment, _ plan: DaemonPlan,
        _ account: inout ServiceAccount
    ) {
        account.desired = plan.desiredCount
        account.toStart = plan.start.count
        account.toStop = plan.stop.count + plan.stopUnhealthy.count
        let need = reader.need(of: service, primary)
        let misfits = plan.start.compactMap { instance in
            need.flatMap { reader.misfit(of: $0, on: instance) }.map {
                Refusal.Entry(instance: instance, misfit: $0)
            }
        }
        if primary.rolloutState == .failed {
            fail(primary, &account)
        } else if let first = misfits.first {
            let near = obstacle(first)
            account.verdict = .noRoom
            account.summary =
                "\(misfits.count) of \(plan.desiredCount) instances can't take its task. "
                + "\(near.worker): \(near.detail)"
            account.nextTry =
                "as soon as an instance comes or changes, or a task of the cluster stops"
            account.remedies = [near.remedy]
        } else if plan.isBlocked {
            account.verdict = .blocked
            account.summary =
                "Of the tasks that must go none may: at least \(account.bounds.lower) must stay, "
                + "and no instance may have two."
            account.remedies = ["a lower minimumHealthyPercent"]
        } else if plan.isSteady {
            account.verdict = primary.rolloutState == .completed ? .steady : .moving
            account.summary = "A task runs on each of \(plan.desiredCount) instances."
        } else {
            account.summary =
                "\(plan.start.count.tasks) about to be started and \(account.toStop) to be "
                + "stopped; \(account.pending) are on their way."
        }
    }
}

extension Int {
    /// So many tasks, in words.
    var tasks: String { self == 1 ? "1 task" : "\(self) tasks" }
}

extension Obstacle {
    /// What would take it away.
    var remedy: String {
        if what == TaskDefinition.newRegistration { return "a new revision of the definition" }
        return switch (reason, missing) {
        case ("RESOURCE:CPU", let missing?): "\(missing) more CPU units on \(worker)"
        case ("RESOURCE:MEMORY", let missing?): "\(missing) more MiB of memory on \(worker)"
        case ("RESOURCE:GPU", let missing?): "\(missing) more GPUs on \(worker)"
        case ("RESOURCE:PORTS", _): "another host port, or \(worker) without the task that has it"
        case ("AGENT", _): "the agent of \(worker) back"
        case ("INACTIVE", _): "\(worker) made ACTIVE"
        case ("ATTRIBUTE", _): "the attribute on \(worker) (PutAttributes)"
        default: "an instance that meets the constraints, or other constraints"
        }
    }
}

extension ServiceAccount.Bounds {
    init(_ service: Service) {
        let configuration = service.deploymentConfiguration
        minimumHealthyPercent = configuration.minimumHealthyPercent
        maximumPercent = configuration.maximumPercent
        lower = RollingPlan.lower(service.desiredCount, configuration)
        upper = RollingPlan.upper(service.desiredCount, configuration)
    }
}
