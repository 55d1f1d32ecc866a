public import Model
import OrderedCollections
public import TaskLifecycle

/// A worker's decisions: its session with the manager, the tasks it runs, and what it reports.
///
/// `step` takes one event and says what must follow. It connects and registers, with growing pauses
/// between attempts; sends heartbeats; follows the manager's list, where a task that the complete
/// set does not name is stopped and removed; and reports the newest status of each task until it is
/// acknowledged. Tasks go on whether a manager can be reached or not.
///
/// Words: a *link* is one connection, a *session* one registration, a *call* one request or stream.
/// Each has an id of its own, and whatever comes in for an id that is no longer current changes
/// nothing: so late, repeated and reordered messages are harmless by construction.
public struct WorkerCore: Sendable {
    enum Stage: Hashable, Sendable {
        /// Before `started`.
        case starting
        case working
        /// All tasks are being stopped; the wait ends at the deadline.
        case closing(deadline: Instant)
        case finished
    }

    struct HeldTask: Sendable {
        var lifecycle: TaskLifecycle
        /// What was last put into the outbox.
        var reported: TaskReport?
        /// The manager said to forget it: it has its last report.
        var isSettled = false
    }

    let settings: Settings
    var random: SeededRandom
    /// The instance that this worker is, once that is on disk.
    var identity: InstanceID?
    /// When the worker's certificate ends; `nil` when it has none that is good for anything.
    var certificate: CertificateTimes?
    var renewAt: WallTime?
    var stage = Stage.starting
    var link = Link.none
    var lastNumber: UInt64 = 0
    var addresses: ManagerAddresses
    var backoff = Backoff()
    /// How often sessions ended in a row that were not proven.
    var quickReturns = 0
    var streamBackoff = Backoff()
    var reportBackoff = Backoff()
    var redirects = RedirectGuard()
    var complaints = Complaints()
    /// The instance that is being written to disk: one at a time, lest an older one end up there.
    var savingIdentity: InstanceID?
    /// When deadlines that passed while the agent did not run were last put off.
    var forgivenAt: Instant?
    var tasks: OrderedDictionary<TaskID, HeldTask> = [:]
    /// When tasks want to be looked at.
    var deadlines: OrderedDictionary<TaskID, Instant> = [:]
    var outbox: Outbox
    /// Reports lost at the outbox's bound that a person was told of.
    var toldDropped = 0
    /// Reports a call may carry now: halved when the manager refuses them.
    var batchMaximum: Int
    var ended: EndedTasks
    var keeping: Keeping?
    /// The tasks that must not outlive the session and are not stopping.
    var mortal: OrderedSet<TaskID> = []
    /// What the runtime was last told of ``keeping``.
    var toldKeeping: Instant?
    var announcedWake: Instant?
    /// What the newest look at the runtime and the disk gave.
    var examination: Examination?

    /// - Parameters:
    ///   - identity: the instance that this worker was before, from its data folder.
    ///   - certificate: that of the worker's data folder, if there is one.
    ///   - seed: decides the jitter.
    public init(
        settings: Settings, identity: InstanceID?, certificate: CertificateTimes? = nil,
        seed: UInt64
    ) {
        self.settings = settings
        self.identity = identity
        random = SeededRandom(seed: seed)
        addresses = ManagerAddresses(
            configured: settings.managers, maximum: settings.managersMaximum)
        outbox = Outbox(entriesMaximum: 2 * settings.tasksMaximum)
        batchMaximum = settings.reportBatchMaximum
        ended = EndedTasks(maximum: settings.endedTasksMaximum)
        if let certificate { hold(certificate) }
    }

    /// Applies one event and appends what must follow. Never blocks, never throws, never reads a
    /// clock.
    public mutating func step(
        _ event: Event, at now: Moment, into effects: inout EffectBuffer
    ) {
        guard stage != .finished else { return }
        if let due = announcedWake, now.monotonic - due >= Self.lateness {
            forgive(at: now.monotonic)
        }
        apply(event, at: now, into: &effects)
        runTimers(at: now, into: &effects)
        tellKeeping(into: &effects)
        tellDroppedReports(into: &effects)
        tellHealth(at: now.monotonic, into: &effects)
        sendReports(at: now.monotonic, into: &effects)
        finishWhenClosed(at: now.monotonic, into: &effects)
        announceWake(into: &effects)
    }

    // MARK: Queries

    /// The session the worker is in.
    public var session: SessionID? {
        guard case .registered(let session) = link else { return nil }
        return session.id
    }

    /// The link on which the worker speaks in its session.
    public var speaking: (link: LinkID, session: SessionID)? {
        guard case .registered(let session) = link else { return nil }
        return (session.link, session.id)
    }

    /// A task that the worker holds.
    public func task(_ id: TaskID) -> TaskLifecycle? { tasks[id]?.lifecycle }

    /// The newest state of each task held, in the order they came.
    public var reports: [TaskReport] { tasks.values.map(\.lifecycle.report) }

    /// Whether the manager has acknowledged everything there is to report.
    public var isReported: Bool { outbox.isEmpty }

    // MARK: Steps

    private mutating func apply(
        _ event: Event, at now: Moment, into effects: inout EffectBuffer
    ) {
        switch event {
        case .started(let recovered): start(recovered, at: now, into: &effects)
        case .connected(let id): connected(id, at: now.monotonic, into: &effects)
        case .joined(let id, let times): joined(id, times, at: now, into: &effects)
        case .joinFailed(let id, let refusal):
            joinFailed(id, refusal, at: now.monotonic, into: &effects)
        case .disconnected(let id, let reason):
            disconnected(id, reason, at: now.monotonic, into: &effects)
        case .registered(let call, let answer):
            registered(call, answer, at: now, into: &effects)
        case .identitySaved(let instance):
            identitySaved(instance, at: now.monotonic, into: &effects)
        case .identityNotSaved(let instance, let reason):
            identityNotSaved(instance, reason, at: now.monotonic, into: &effects)
        case .assignments(let call, let update): take(update, from: call, at: now, into: &effects)
        case .heartbeatAnswered(let call): heartbeatAnswered(call)
        case .reportAnswered(let call): reportAnswered(call)
        case .renewed(let call, let times): renewed(call, times, into: &effects)
        case .failed(let call, let refusal):
            failed(call, refusal, at: now.monotonic, into: &effects)
        case .task(let id, let input): handle(input, for: id, at: now, into: &effects)
        case .measured(let usages): tell(usages, into: &effects)
        case .examined(let runtime, let disk):
            examined(runtime: runtime, disk: disk, at: now.monotonic, into: &effects)
        case .woke: announcedWake = nil
        case .shutDown(let stopTasks, let limit):
            shutDown(stopTasks: stopTasks, within: limit, at: now, into: &effects)
        }
    }

    private mutating func start(
        _ recovered: [RecoveredTask], at now: Moment, into effects: inout EffectBuffer
    ) {
        guard stage == .starting else { return }
        stage = .working
        for found in recovered {
            let lifecycle = TaskLifecycle(recovered: found, at: now)
            tasks[found.spec.id] = HeldTask(lifecycle: lifecycle)
            handle(.tick, for: found.spec.id, at: now, into: &effects)
        }
        connect(at: now, into: &effects)
    }

    private mutating func runTimers(at now: Moment, into effects: inout EffectBuffer) {
        for id in deadlines.filter({ $0.value <= now.monotonic }).keys {
            handle(.tick, for: id, at: now, into: &effects)
        }
        giveUpWhenLost(at: now, into: &effects)
        runLinkTimers(at: now, into: &effects)
    }

    private mutating func announceWake(into effects: inout EffectBuffer) {
        let next = stage == .finished ? nil : nextDeadline
        guard next != announcedWake else { return }
        announcedWake = next
        effects.append(.wake(at: next))
    }

    private var nextDeadline: Instant? {
        var candidates = linkDeadlines
        candidates.append(contentsOf: deadlines.values)
        if let givingUpAt { candidates.append(givingUpAt) }
        if case .closing(let deadline) = stage { candidates.append(deadline) }
        return candidates.min()
    }

    mutating func nextLink() -> LinkID {
        lastNumber += 1
        return LinkID(number: lastNumber)
    }

    mutating func nextCall() -> CallID {
        lastNumber += 1
        return CallID(number: lastNumber)
    }
}
