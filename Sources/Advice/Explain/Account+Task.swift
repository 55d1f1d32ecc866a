import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Placement

extension Account {
    mutating func task(_ task: ECSTask, placedIn past: ClusterState?) -> TaskAccount {
        TaskAccount(
            id: "\(task.id)", taskDefinition: "\(task.definition)", group: task.group,
            service: task.service.flatMap { state.services[$0]?.name },
            deployment: task.deployment.map { "\($0)" }, startedBy: task.startedBy,
            instance: "\(task.instance)", worker: worker(task.instance),
            lastStatus: task.lastStatus.name, desiredStatus: task.desiredStatus.rawValue,
            createdAt: task.createdAt.milliseconds, startedAt: task.startedAt?.milliseconds,
            containers: task.containers.map {
                TaskAccount.Container(
                    name: $0.name, status: $0.lastStatus.name, exitCode: $0.exitCode,
                    reason: $0.reason)
            }, here: here(task, placedIn: past), pending: pending(task), stopped: stopped(task))
    }

    // MARK: Why here

    private mutating func here(_ task: ECSTask, placedIn past: ClusterState?) -> TaskAccount.Here {
        let worker = worker(task.instance)
        if task.origin.value.wish?.isNamed == true {
            return TaskAccount.Here(
                summary: "Its caller named \(worker) (StartTask): no instance was chosen.")
        }
        if task.service.flatMap({ state.services[$0] })?.schedulingStrategy == .daemon {
            return TaskAccount.Here(
                summary: "Its service wants one task on each instance that meets its constraints: "
                    + "\(worker) is one (DAEMON).")
        }
        var account = self
        if let past {
            account = Account(past, of: task.cluster, settings, at: task.createdAt)
        } else {
            account.reader.leaveOut(task)
        }
        guard let need = account.reader.need(of: task) else {
            return TaskAccount.Here(
                summary: "Its task definition \(task.definition) is not known any more, so what it "
                    + "asked for can't be told.")
        }
        let basis = past == nil ? PlacementAccount.Basis.now : .placement
        let placement = account.placement(of: need, basis)
        let rank = account.reader.survey(need).ranked.firstIndex { $0.instance == task.instance }
        return TaskAccount.Here(
            summary: Self.summary(of: placement, rank: rank, worker), rank: rank.map { $0 + 1 },
            placement: placement)
    }

    private static func summary(
        of placement: PlacementAccount, rank: Int?, _ worker: String
    ) -> String {
        let isNow = placement.basis == .now
        let when = isNow ? "As things are now, and not as they were when it was placed: " : ""
        let fitting = "\(placement.fitting) of \(placement.candidates) instances"
        let would = isNow ? "would do" : "would have done"
        guard let rank else {
            return when + "\(worker) is not among the \(fitting) that \(would)."
        }
        if placement.eligible > 1, rank < placement.eligible {
            return when + "\(fitting) \(would), and chance chooses among \(placement.eligible) of "
                + "them; \(worker) is one."
        }
        let order = placement.need.strategies.joined(separator: ", then ")
        let is_ = isNow ? "is" : "was"
        return when + "\(fitting) \(would); by \(order), then the fewest tasks, \(worker) \(is_) "
            + (rank == 0 ? "the best of them." : "number \(rank + 1) of them.")
    }

    // MARK: Why pending

    private func pending(_ task: ECSTask) -> TaskAccount.Pending? {
        guard task.desiredStatus == .running, task.lastStatus < .running else { return nil }
        let worker = worker(task.instance)
        let since = task.pullStoppedAt ?? task.pullStartedAt ?? task.createdAt
        let started = task.containers.count { $0.lastStatus == .running }
        let summary: String
        if state.instances[task.instance]?.agentConnected == false {
            summary =
                "\(worker) is not connected. The task starts when it comes back, or is given up "
                + "with it."
        } else if task.pullStartedAt != nil, task.pullStoppedAt == nil {
            summary = "\(worker) is getting the images."
        } else if started > 0 {
            summary =
                "\(started) of \(task.containers.count) containers run on \(worker); the others "
                + "wait for those that they depend on, or are being started."
        } else if task.pullStoppedAt != nil {
            summary = "\(worker) has the images and is starting the containers."
        } else {
            summary = "It was given to \(worker), which has not reported on it yet."
        }
        return TaskAccount.Pending(summary: summary, since: since.milliseconds)
    }

    // MARK: Why stopped

    private func stopped(_ task: ECSTask) -> TaskAccount.Stopped? {
        guard task.desiredStatus == .stopped || task.lastStatus == .stopped else { return nil }
        let followed = followed(by: task)
        return TaskAccount.Stopped(
            summary: stopSummary(task), code: task.stopCode?.rawValue, reason: task.stoppedReason,
            stoppingAt: task.stoppingAt?.milliseconds, stoppedAt: task.stoppedAt?.milliseconds,
            followed: followed.text, startedNext: followed.next)
    }

    private func stopSummary(_ task: ECSTask) -> String {
        var text: String
        switch task.stopCode {
        case .userInitiated: text = "A client of the API asked for it."
        case .serviceSchedulerInitiated: text = schedulerReason(task)
        case .essentialContainerExited:
            let exits = task.containers.compactMap { container in
                container.exitCode.map { "\(container.name) with code \($0)" }
            }
            text = "A container that it can't be without ended"
            text += exits.isEmpty ? "." : ": " + exits.joined(separator: ", ") + "."
        case .taskFailedToStart: text = "It could not be started."
        case .terminationNotice, .spotInterruption:
            text = "Its container instance \(worker(task.instance)) was lost or ended it."
        case nil: text = "Nobody said why."
        }
        if task.lastStatus != .stopped {
            let limit =
                state.definitions[task.definition]?.containers
                .map { $0.stopTimeout ?? 30 }.max() ?? 30
            text += " It was told to stop and has not yet; its containers have \(limit) s each."
        }
        return text
    }

    private func schedulerReason(_ task: ECSTask) -> String {
        guard let service = task.service.flatMap({ state.services[$0] }),
            service.status == .active
        else { return "Its service is gone." }
        if task.stoppedReason == ManagerCore.unhealthyReason {
            let sick = task.containers.filter { $0.health == .unhealthy }.map(\.name)
            return "It failed its container health checks"
                + (sick.isEmpty ? "" : " (\(sick.joined(separator: ", ")))")
                + ": its service \(service.name) replaces it."
        }
        if let deployment = task.deployment, deployment != service.deployments.first?.id {
            return "Its service \(service.name) has another deployment than its \(deployment): "
                + "tasks of that take its place."
        }
        if state.instances[task.instance]?.status != .active {
            return "Its instance \(worker(task.instance)) is not ACTIVE: its service "
                + "\(service.name) replaces it elsewhere."
        }
        return "Its service \(service.name) had more tasks than it wished for, which is "
            + "\(service.desiredCount) now."
    }

    private func followed(
        by task: ECSTask
    ) -> (text: String, next: [TaskAccount.Successor]) {
        guard let id = task.service else {
            return ("Nothing: tasks that no service started are not replaced.", [])
        }
        guard let service = state.services[id], service.status == .active,
            let from = task.stoppingAt ?? task.stoppedAt
        else { return ("Nothing: its service is gone.", []) }
        let later = state.tasks(of: id)
            .filter { $0.createdAt >= from && $0.id != task.id }
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        let next = later.prefix(TaskAccount.Stopped.nextMaximum).map { other in
            TaskAccount.Successor(
                id: "\(other.id)", taskDefinition: "\(other.definition)",
                worker: worker(other.instance), lastStatus: other.lastStatus.name,
                createdAt: other.createdAt.milliseconds)
        }
        var text =
            next.isEmpty
            ? "Its service \(service.name) has started no task since."
            : "Its service \(service.name) has started \(later.count) since."
        if let primary = service.deployments.first, primary.id == task.deployment,
            primary.failedTasks > 0
        {
            text += " The deployment counts \(primary.failedTasks) failed in a row."
        }
        return (text, Array(next))
    }
}
