import ClusterState
import HashTreeCollections
import Model

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
        for report in reports { take(report, from: instance, isFirst: false) }
        effects.workerReplies.append(.init(call: call, result: .success(.reported)))
    }

    /// Merges one report. What is not this worker's, is over, or would go back is ignored.
    ///
    /// - Parameter isFirst: Of a session, which began with it.
    mutating func take(_ report: TaskReport, from instance: InstanceID, isFirst: Bool) {
        guard let task = state.tasks[report.task], task.instance == instance,
            task.lastStatus != .stopped, report.status >= task.lastStatus
        else {
            notice(
                .debug, "report ignored",
                ["task": "\(report.task)", "status": report.status.name])
            return
        }
        // What the worker ended on its own account is no failure of the task's.
        let failed =
            report.status >= .deactivating && task.desiredStatus == .running
            && report.stopCode != .terminationNotice
        if failed { countFailure(of: task, report) }
        let wall = now.wall
        let checked = takeHealth(of: task, report, isFirst: isFirst)
        update(report.task) { $0.merge(report, at: wall, checked: checked) }
        healthChanged(from: task)
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
    /// What a task says that ended and whose worker does not tell why.
    fileprivate static let unknownReason = "Task ended; its container instance does not know why"

    /// Takes over what a report has to add. The caller has checked that it does not go back.
    ///
    /// - Parameter checked: The definitions that say whose health counts; `nil` where the report
    ///   has no news of it.
    fileprivate mutating func merge(
        _ report: TaskReport, at now: WallTime, checked: [ContainerDefinition]?
    ) {
        lastStatus = report.status
        pullStartedAt = pullStartedAt ?? report.pullStartedAt
        pullStoppedAt = pullStoppedAt ?? report.pullStoppedAt
        executionStoppedAt = executionStoppedAt ?? report.executionStoppedAt
        // Grace periods are counted from it: another machine's clock may not stretch them.
        let heard = report.startedAt.map { max(createdAt, min($0, max(now, createdAt))) }
        startedAt = startedAt ?? heard
        if lastStatus == .running { startedAt = startedAt ?? now }
        if lastStatus >= .deactivating {
            desiredStatus = .stopped
            stopCode = stopCode ?? report.stopCode
            stoppedReason = stoppedReason ?? report.reason?.clipped
            stoppingAt = stoppingAt ?? now
        }
        if lastStatus == .stopped {
            stoppedAt = report.stoppedAt ?? now
            // The agent may have lost with its host's power what it knew.
            if stopCode == nil { stoppedReason = stoppedReason ?? Self.unknownReason }
        }
        for container in report.containers {
            guard let index = containers.firstIndex(where: { $0.name == container.name })
            else { continue }
            containers[index].merge(container, withHealth: checked != nil)
        }
        if let checked { health = .ofTask(containers, checkedIn: checked) }
        guard lastStatus == .stopped else { return }
        for index in containers.indices { containers[index].lastStatus = .stopped }
    }
}

extension Container {
    fileprivate mutating func merge(_ report: ContainerReport, withHealth: Bool) {
        guard report.status >= lastStatus else { return }
        lastStatus = report.status
        exitCode = exitCode ?? report.exitCode
        reason = reason ?? report.reason?.clipped
        runtimeID = report.runtimeID?.clipped ?? runtimeID
        imageDigest = report.imageDigest?.clipped ?? imageDigest
        address = report.address?.clipped ?? address
        if !report.networkBindings.isEmpty {
            networkBindings = Array(
                report.networkBindings.prefix(ManagerSettings.bindingsPerContainerMaximum))
        }
        // What an agent that has just come back does not know yet stays as it was last heard.
        let isAnotherRun = (report.restarts ?? 0) > (restarts ?? 0)
        if withHealth, report.health != .unknown || isAnotherRun { health = report.health }
        if let count = report.restarts { restarts = max(restarts ?? 0, count) }
    }
}

extension String {
    /// At most as many bytes as are kept of what a worker says.
    var clipped: String {
        guard utf8.count > ManagerSettings.reasonLengthMaximum else { return self }
        var kept = UnicodeScalarView()
        var bytes = 0
        for scalar in unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= ManagerSettings.reasonLengthMaximum else { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}
