public import Model

/// One task's containers on a worker, from its first preparation to its removal.
///
/// The machine is told what happened and answers with what to do; it never waits and never looks at
/// a clock. A container starts when what it depends on allows it. The task is RUNNING once each of
/// its containers has started. It is to stop when the manager says so, when an essential container
/// ends, or when it can't start; then containers stop in the reverse order of their dependencies,
/// each with its own timeout, and the task is STOPPED when all have. Once forgotten it is removed.
///
/// Status only moves forward and the first cause of a stop stands, so that late, repeated and
/// out-of-place inputs change nothing. A task that an earlier agent left behind is taken up by
/// ``init(recovered:)`` and starts nothing more before the manager confirms it.
public struct TaskLifecycle: Sendable {
    /// Seconds between stop signal and SIGKILL when the definition doesn't say.
    public static let stopTimeoutDefault = ContainerDefinition.stopTimeoutDefault
    /// ECS's bound for a container's `reason`.
    public static let reasonCharactersMaximum = 1_024
    /// How long after a failed stop or removal the runtime is asked again: doubled each time, from
    /// the first to the second.
    public static let retryDelays: ClosedRange<Int64> = 1_000...60_000

    enum Preparation: Hashable, Sendable {
        case none, underWay, done, failed
    }

    enum Removal: Hashable, Sendable {
        case none, underWay, retry(at: Instant), done
    }

    public let spec: TaskSpec
    var containers: [ManagedContainer]
    var preparation = Preparation.none
    /// Whether the preparation was let go of.
    var isAbandoned = false
    var removal = Removal.none
    var removalAttempts = 0
    /// Whether this agent was told by the manager to run the task.
    var confirmed = false
    var forgotten = false
    var cause: StopCause?
    /// What the manager, or the task's own containers, want of it.
    public internal(set) var desired = DesiredStatus.running
    public internal(set) var status = TaskStatus.pending
    var pullStartedAt: WallTime?
    var pullStoppedAt: WallTime?
    var startedAt: WallTime?
    var executionStoppedAt: WallTime?
    var stoppedAt: WallTime?

    /// A task that is new to this worker; ``TaskInput/confirm`` makes it start.
    public init(_ spec: TaskSpec) {
        self.spec = spec
        containers = spec.containers.map { ManagedContainer(definition: $0) }
    }

    /// When a container was started last and when it ended, as far as that is known.
    public func times(
        of container: String
    ) -> (startedAt: WallTime?, finishedAt: WallTime?) {
        let container = containers.first { $0.name == container }
        return (container?.start?.startedAt, container?.end?.finishedAt)
    }

    /// Whether the runtime holds nothing of the task any more.
    public var isGone: Bool { removal == .done }

    /// When the machine wants a ``TaskInput/tick``, if nothing else happens before.
    public var deadline: Instant? {
        var deadline: Instant?
        func consider(_ instant: Instant?) {
            guard let instant else { return }
            deadline = min(deadline ?? instant, instant)
        }
        for container in containers {
            if desired == .running {
                consider(Dependencies.startDeadline(of: container, among: containers))
                if container.phase == .running { consider(container.health.dueAt) }
            }
            if case .retry(let instant) = container.stop, container.phase == .running {
                consider(instant)
            }
        }
        if case .retry(let instant) = removal { consider(instant) }
        return deadline
    }

    /// Takes in one input and appends what has to be done now.
    public mutating func handle(
        _ input: TaskInput, at now: Moment, into actions: inout [TaskAction]
    ) {
        switch input {
        case .confirm: confirmed = true
        case .stop(let cause): stop(because: cause)
        case .forget:
            forgotten = true
            stop(because: nil)
        case .prepared: prepared(at: now)
        case .prepareFailed(let reason): prepareFailed(reason)
        case .started(let name, let start): started(name, start, at: now, into: &actions)
        case .startFailed(let name, let reason): startFailed(name, reason)
        case .exited(let name, let end): exited(name, end, at: now.monotonic)
        case .stopFailed(let name): stopFailed(name, at: now)
        case .checked(let name, let number, let passed):
            checked(name, number, passed: passed, at: now.monotonic)
        case .removed: if removal != .none { removal = .done }
        case .removeFailed:
            guard removal == .underWay else { break }
            removalAttempts += 1
            removal = .retry(at: now.monotonic + Self.retryDelay(after: removalAttempts))
        case .tick: break
        }
        settle(at: now, into: &actions)
    }

    // MARK: Inputs

    /// The task is to stop; the first cause stands, and a stop that the manager asked for has none.
    mutating func stop(because cause: StopCause?) {
        guard desired == .running else { return }
        desired = .stopped
        self.cause = cause
    }

    private mutating func prepared(at now: Moment) {
        guard preparation == .underWay else { return }
        preparation = .done
        pullStoppedAt = now.wall
    }

    private mutating func prepareFailed(_ reason: String) {
        guard preparation == .underWay else { return }
        preparation = .failed
        for index in containers.indices where containers[index].phase == .waiting {
            containers[index].phase = .stopped
            containers[index].failure = reason
        }
        stop(because: .failedToPrepare(reason))
    }

    private mutating func started(
        _ name: String, _ start: ContainerStart, at now: Moment, into actions: inout [TaskAction]
    ) {
        guard let index = index(of: name), containers[index].phase == .starting else { return }
        containers[index].phase = .running
        containers[index].start = start
        if !containers[index].isRestarting { containers[index].startKnownAt = now.monotonic }
        containers[index].ranSince = now.monotonic
        containers[index].health.begin(
            containers[index].definition.healthCheck, since: now.monotonic)
        containers[index].isRestarting = false
        guard let end = containers[index].earlyEnd else { return }
        // The end overtook the answer: the task lives through both, in the order they happened,
        // but nothing must start or stop in between on account of a container already gone.
        advanceStatus(at: now)
        exited(name, end, at: now.monotonic)
    }

    private mutating func startFailed(_ name: String, _ reason: String) {
        guard let index = index(of: name), containers[index].phase == .starting else { return }
        containers[index].phase = .stopped
        containers[index].end = containers[index].earlyEnd ?? containers[index].end
        containers[index].failure = reason
        guard containers[index].isRestarting, containers[index].definition.essential,
            let end = containers[index].end
        else { return }
        executionStoppedAt = executionStoppedAt ?? end.finishedAt
    }

    private mutating func exited(_ name: String, _ end: ContainerEnd, at now: Instant) {
        guard let index = index(of: name) else { return }
        if desired == .running, containers[index].restarts(after: end, at: now) {
            containers[index].earlyEnd = nil
            containers[index].restart(after: end)
            return
        }
        switch containers[index].phase {
        case .stopped: return
        case .starting: containers[index].earlyEnd = containers[index].earlyEnd ?? end
        case .waiting, .running:
            containers[index].phase = .stopped
            containers[index].end = end
            if containers[index].definition.essential {
                executionStoppedAt = executionStoppedAt ?? end.finishedAt
            }
        }
    }

    private mutating func stopFailed(_ name: String, at now: Moment) {
        guard let index = index(of: name), containers[index].stop == .sent,
            containers[index].phase == .running
        else { return }
        containers[index].stopAttempts += 1
        let delay = Self.retryDelay(after: containers[index].stopAttempts)
        containers[index].stop = .retry(at: now.monotonic + delay)
    }

    private mutating func checked(
        _ name: String, _ number: Int, passed: Bool?, at now: Instant
    ) {
        guard desired == .running, let index = index(of: name),
            containers[index].phase == .running
        else { return }
        containers[index].health.ended(number: number, passed: passed, at: now)
    }

    private func index(of name: String) -> Int? {
        containers.firstIndex { $0.name == name }
    }

    private static func retryDelay(after attempts: Int) -> Duration {
        let shift = min(max(attempts - 1, 0), 16)
        return .milliseconds(min(retryDelays.lowerBound << Int64(shift), retryDelays.upperBound))
    }
}
