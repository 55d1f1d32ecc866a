public import Model

// What follows from the state, whatever input led to it.
extension TaskLifecycle {
    mutating func settle(at now: Moment, into actions: inout [TaskAction]) {
        judge(at: now)
        if desired == .running {
            startWhatMay(at: now, into: &actions)
            checkWhatIsDue(at: now.monotonic, into: &actions)
        } else {
            stopWhatMay(at: now, into: &actions)
        }
        advanceStatus(at: now)
        removeWhenDone(at: now, into: &actions)
    }

    /// Turns the task toward STOPPED when its containers leave no other way.
    private mutating func judge(at now: Moment) {
        guard desired == .running else { return }
        if let ended = containers.first(where: { $0.definition.essential && $0.phase == .stopped })
        {
            stop(because: ended.failedToStart ? .failedToStart : .essentialContainerExited)
            return
        }
        if containers.allSatisfy({ $0.phase == .stopped }) {
            let failed = containers.allSatisfy(\.failedToStart)
            stop(because: failed ? .failedToStart : .essentialContainerExited)
            return
        }
        for index in containers.indices
        where containers[index].phase == .waiting && !containers[index].isRestarting {
            guard let why = obstacle(to: containers[index], at: now.monotonic) else { continue }
            containers[index].phase = .stopped
            containers[index].failure = "TaskDependencyError: \(why)"
            stop(because: .failedToStart)
            return
        }
    }

    /// Why a waiting container can never start, if so.
    private func obstacle(to container: ManagedContainer, at now: Instant) -> String? {
        if let problem = Dependencies.problem(of: spec.containers) { return problem }
        let verdict = Dependencies.verdict(on: container.definition, among: containers, at: now)
        guard case .impossible(let why) = verdict else { return nil }
        return why
    }

    private mutating func startWhatMay(at now: Moment, into actions: inout [TaskAction]) {
        guard confirmed else { return }
        switch preparation {
        case .none:
            preparation = .underWay
            pullStartedAt = now.wall
            actions.append(.prepare)
        case .underWay, .failed: break
        case .done:
            for index in containers.indices where containers[index].phase == .waiting {
                if containers[index].isRestarting {
                    containers[index].phase = .starting
                    actions.append(
                        .restart(
                            container: containers[index].name, number: containers[index].restarts))
                    continue
                }
                let verdict = Dependencies.verdict(
                    on: containers[index].definition, among: containers, at: now.monotonic)
                guard verdict == .met else { continue }
                containers[index].phase = .starting
                actions.append(.start(container: containers[index].name))
            }
        }
    }

    private mutating func checkWhatIsDue(at now: Instant, into actions: inout [TaskAction]) {
        for index in containers.indices where containers[index].phase == .running {
            guard let (number, check) = containers[index].health.beginCheck(at: now) else {
                continue
            }
            actions.append(.check(container: containers[index].name, number: number, check))
        }
    }

    private mutating func stopWhatMay(at now: Moment, into actions: inout [TaskAction]) {
        if preparation == .underWay, !isAbandoned {
            isAbandoned = true
            actions.append(.abandon)
        }
        for index in containers.indices where containers[index].phase == .waiting {
            containers[index].phase = .stopped
        }
        for index in containers.indices where containers[index].phase == .running {
            switch containers[index].stop {
            case .sent: continue
            case .retry(let instant) where instant > now.monotonic: continue
            case .notSent, .retry: break
            }
            guard Dependencies.mayStop(containers[index], among: containers) else { continue }
            containers[index].stop = .sent
            let timeout = containers[index].stopTimeout
            actions.append(.stop(container: containers[index].name, timeout: timeout))
        }
    }

    /// Moves the status forward to where the containers are.
    mutating func advanceStatus(at now: Moment) {
        if containers.allSatisfy({ $0.phase >= .running }), desired == .running,
            status < .running
        {
            status = .running
            startedAt = containers.compactMap { $0.start?.startedAt }.max() ?? now.wall
        }
        guard desired == .stopped else { return }
        status = max(status, .stopping)
        if containers.allSatisfy({ $0.phase == .stopped }), status < .stopped {
            status = .stopped
            stoppedAt = containers.compactMap { $0.end?.finishedAt }.max() ?? now.wall
        }
    }

    private mutating func removeWhenDone(at now: Moment, into actions: inout [TaskAction]) {
        guard forgotten, status == .stopped, preparation != .underWay else { return }
        switch removal {
        case .underWay, .done: return
        case .retry(let instant) where instant > now.monotonic: return
        case .none where preparation == .none:
            removal = .done
        case .none, .retry:
            removal = .underWay
            actions.append(.remove)
        }
    }
}

extension TaskLifecycle {
    /// The task as it is now, for the manager.
    public var report: TaskReport {
        TaskReport(
            task: spec.id, status: status, containers: containers.map(\.report),
            pullStartedAt: pullStartedAt, pullStoppedAt: pullStoppedAt, startedAt: startedAt,
            executionStoppedAt: executionStoppedAt, stoppedAt: stoppedAt,
            stopCode: cause?.code, reason: cause?.reason,
            healthNumber: containers.reduce(0) { $0 &+ $1.health.changes })
    }
}
