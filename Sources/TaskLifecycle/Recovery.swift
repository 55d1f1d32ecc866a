public import Model

/// A task that an earlier run of the agent left with the runtime.
public struct RecoveredTask: Hashable, Sendable {
    public var spec: TaskSpec
    public var containers: [RecoveredContainer]

    public init(spec: TaskSpec, containers: [RecoveredContainer]) {
        self.spec = spec
        self.containers = containers
    }
}

public struct RecoveredContainer: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case prepared
        case running(ContainerStart)
        case exited(ContainerStart?, ContainerEnd)
    }

    public var name: String
    public var state: State
    /// Whether its stop was asked for, by whichever agent.
    public var stopRequested: Bool
    /// How often it was started again.
    public var restarts: Int

    public init(name: String, state: State, stopRequested: Bool = false, restarts: Int = 0) {
        self.name = name
        self.state = state
        self.stopRequested = stopRequested
        self.restarts = restarts
    }
}

extension TaskLifecycle {
    /// Takes up a task where an earlier agent left it, ends that nobody saw included. Give it a
    /// ``TaskInput/tick`` to learn what to do.
    ///
    /// A stop that was under way goes on: the runtime kills after the timeout by itself, so the
    /// containers that were told are not told again. Containers that never started do so only after
    /// ``TaskInput/confirm``.
    public init(recovered: RecoveredTask, at now: Moment) {
        self.init(recovered.spec)
        preparation = .done
        var stopWasRequested = false
        var endedByItself = false
        for index in containers.indices {
            let name = containers[index].name
            guard let found = recovered.containers.first(where: { $0.name == name }) else {
                continue
            }
            containers[index].take(found, at: now)
            stopWasRequested = stopWasRequested || found.stopRequested
            guard containers[index].definition.essential, let end = containers[index].end,
                !containers[index].restartsAfterRecovery
            else { continue }
            executionStoppedAt = min(executionStoppedAt ?? end.finishedAt, end.finishedAt)
            endedByItself = endedByItself || !found.stopRequested
        }
        // Had every container started, the task was RUNNING, whatever happened since.
        if containers.allSatisfy({ $0.start != nil }) { advanceStatus(at: now) }
        if !stopWasRequested { restartWhatEnded() }
        if stopWasRequested {
            stop(because: endedByItself ? .essentialContainerExited : nil)
        }
    }

    private mutating func restartWhatEnded() {
        for index in containers.indices where containers[index].restartsAfterRecovery {
            guard let end = containers[index].end else { continue }
            containers[index].restart(after: end)
        }
    }
}

extension ManagedContainer {
    fileprivate mutating func take(_ found: RecoveredContainer, at now: Moment) {
        if found.stopRequested { stop = .sent }
        restarts = found.restarts
        switch found.state {
        // The runtime was told to start it again, and the agent died before it did.
        case .prepared: isRestarting = found.restarts > 0
        case .running(let started):
            phase = .running
            start = started
            startKnownAt = now.monotonic
            let ran = max(0, now.wall.milliseconds - started.startedAt.milliseconds)
            let since = now.monotonic + .milliseconds(-ran)
            ranSince = since
            // The agent that knew how it was is gone, so it is looked at now.
            health.begin(definition.healthCheck, since: since, first: now.monotonic)
        case .exited(let started, let ended):
            phase = .stopped
            start = started
            end = ended
        }
    }
}
