import ClusterState
import HashTreeCollections
import Model
import Rollout

/// What workers say of their tasks. Status moves forward only (DESIGN contract 2).
extension ManagerCore {
    mutating func take(_ reports: [TaskReport], from session: SessionID, for call: CallID) {
        guard let instance = instance(of: session) else {
            refuse(call)
            return
        }
        guard reports.count <= ManagerSettings.reportsPerMessageMaximum else {
            let refusal = WorkerRefusal(
                .invalidArgument,
                "more than \(ManagerSettings.reportsPerMessageMaximum) tasks in one report")
            effects.workerReplies.append(.init(call: call, result: .failure(refusal)))
            return
        }
        cause = "ReportStatus"
        for report in reports { take(report, from: instance) }
        effects.workerReplies.append(.init(call: call, result: .success(.reported)))
    }

    /// Merges one report. What is not this worker's, is over, or would go back is ignored.
    mutating func take(_ report: TaskReport, from instance: InstanceID) {
        guard let task = state.tasks[report.task], task.instance == instance,
            task.lastStatus != .stopped, report.status >= task.lastStatus
        else {
            notice(
                .debug, "report ignored",
                ["task": "\(report.task)", "status": report.status.name])
            return
        }
        let failed = report.status >= .deactivating && task.desiredStatus == .running
        if failed { countFailure(of: task, report) }
        let wall = now.wall
        update(report.task) { $0.merge(report, at: wall) }
    }

    /// A task of a service ended by itself: before it proved stable, that counts against launches.
    private mutating func countFailure(of task: ECSTask, _ report: TaskReport) {
        guard let id = task.service else { return }
        let stable = task.lastStatus == .running && runningSince[task.id] == nil
        guard !stable, let service = state.services[id] else { return }
        throttles[id, default: .init()].taskFailed(at: now.monotonic)
        if let due = throttles[id]?.notBefore {
            schedule(.reconcile(id), after: due - now.monotonic)
        }
        if throttles[id]?.isImpaired == true {
            say(service, "is unable to consistently start tasks successfully.")
        }
        guard task.lastStatus < .running, report.startedAt == nil, let deployment = task.deployment
        else { return }
        update(id) { service in
            guard let index = service.deployments.firstIndex(where: { $0.id == deployment })
            else { return }
            service.deployments[index].failedTasks += 1
        }
    }

    /// The manager itself ends a task that nobody can report on any more.
    mutating func close(_ id: TaskID, code: StopCode, reason: String) {
        let wall = now.wall
        update(id) { task in
            task.desiredStatus = .stopped
            task.lastStatus = .stopped
            task.stopCode = task.stopCode ?? code
            task.stoppedReason = task.stoppedReason ?? reason
            task.stoppingAt = task.stoppingAt ?? wall
            task.stoppedAt = wall
            for index in task.containers.indices where task.containers[index].lastStatus != .stopped
            {
                task.containers[index].lastStatus = .stopped
                task.containers[index].reason = reason
            }
        }
    }
}

extension ECSTask {
    /// Takes over what a report has to add. The caller has checked that it does not go back.
    fileprivate mutating func merge(_ report: TaskReport, at now: WallTime) {
        lastStatus = report.status
        pullStartedAt = pullStartedAt ?? report.pullStartedAt
        pullStoppedAt = pullStoppedAt ?? report.pullStoppedAt
        executionStoppedAt = executionStoppedAt ?? report.executionStoppedAt
        startedAt = startedAt ?? report.startedAt
        if lastStatus == .running { startedAt = startedAt ?? now }
        if lastStatus >= .deactivating {
            desiredStatus = .stopped
            stopCode = stopCode ?? report.stopCode
            stoppedReason = stoppedReason ?? report.reason
            stoppingAt = stoppingAt ?? now
        }
        if lastStatus == .stopped { stoppedAt = report.stoppedAt ?? now }
        for container in report.containers {
            guard let index = containers.firstIndex(where: { $0.name == container.name })
            else { continue }
            containers[index].merge(container)
        }
    }
}

extension Container {
    fileprivate mutating func merge(_ report: ContainerReport) {
        guard report.status >= lastStatus else { return }
        lastStatus = report.status
        exitCode = exitCode ?? report.exitCode
        reason = reason ?? report.reason.map { String($0.prefix(1_024)) }
        runtimeID = report.runtimeID ?? runtimeID
        if !report.networkBindings.isEmpty { networkBindings = report.networkBindings }
        health = report.health
    }
}
