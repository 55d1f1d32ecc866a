public import ClusterState
import HashTreeCollections
import HeapModule
public import Model
import OrderedCollections
import Placement
import Rollout

/// Every decision of the manager: events and times in, effects out.
///
/// - **State** is ``state``, changed only by records that also go to the journal, and what is true
///   only of this run: sessions, throttles, timers, holds. The latter is built anew by
///   ``init(recovered:settings:seed:at:into:)``.
/// - **Duties.** Commands of the API (`Commands/`), who may be a worker (`Joining`), sessions of
///   workers (`Sessions`), their silence (`Losses`), services (`Reconciler`), placement
///   (`Placing`), forgetting (`Retention`).
/// - **Shape of a step.** Events are applied one after another; services they touched are
///   reconciled; assignments that changed are gathered into one update a worker.
///
/// The same events in the same steps at the same moments with the same seed give the same effects.
public struct ManagerCore: Sendable {
    public internal(set) var state: ClusterState
    let settings: ManagerSettings
    let arns: ARNs
    var random: SeededRandom

    // True only of this run.
    let startedAt: Instant
    var sessions: [InstanceID: Session] = [:]
    /// The clusters' instances and what is free on them.
    var boards: [ClusterID: Board] = [:]
    var instanceOfSession: [SessionID: InstanceID] = [:]
    /// The agent that each instance last was, and the newest registration of each agent.
    var agents: [InstanceID: AgentID] = [:]
    var attempts: [AgentID: UInt64] = [:]
    /// Clusters that the last reset kept: their workers may not be back yet.
    var awaitedClusters: Set<ClusterID> = []
    var throttles: [DeploymentID: LaunchThrottle] = [:]
    /// Of services that start tasks, where there is a quota of that.
    var launches: [ServiceID: LaunchWindow] = [:]
    /// When tasks that have not proved stable yet became RUNNING.
    var runningSince: [TaskID: Instant] = [:]
    /// Tasks that run and may yet crash, in services that ask for that to count.
    var crashWatch: Set<TaskID> = []
    /// The newest health that was heard of tasks, as their workers number it in a session.
    var healthNumbers: [TaskID: UInt32] = [:]
    /// When services are looked at whose unhealthy tasks are within their grace period.
    var graceLooks: [ServiceID: Instant] = [:]
    /// Services that wait for room.
    var starved: OrderedDictionary<ServiceID, Starvation> = [:]
    /// Services whose deployment is stuck between its bounds, and when that was said.
    var blocked: [ServiceID: Instant] = [:]
    /// Services that protected tasks keep from their steady state.
    var heldByProtection: Set<ServiceID> = []
    /// What services that even themselves out are at.
    var rebalancing: [ServiceID: Rebalancing] = [:]
    /// Clusters whose services are to be looked at for that soon.
    var balanceLooks: Set<ClusterID> = []
    /// When services that are steady say so again, the earliest first.
    var steadyAgain: OrderedDictionary<ServiceID, Instant> = [:]
    var holds: OrderedDictionary<ClusterID, MassSilenceHold> = [:]
    /// Tasks that stop by themselves on workers that are lost.
    var awaitedEnds: OrderedDictionary<TaskID, AwaitedEnd> = [:]
    /// Since when workers that are lost were not heard of.
    var quietSince: [InstanceID: Instant] = [:]
    /// Sessions whose end by a decision is not carried out yet.
    var severedSessions: [SessionID: InstanceID] = [:]
    var retirements: Heap<Retirement> = []
    /// Stopped tasks, apart: they alone are many enough to need a bound.
    var retiredTasks: Heap<Retirement> = []
    var timers: Heap<Timer> = []
    var timerOrder: UInt64 = 0
    /// How many ``timers`` there were at most since their room was given back.
    var timersMost = 0
    /// When each worker's certificate is looked at next; an earlier timer of it counts no more.
    var certificateLooks: [WorkerID: Instant] = [:]
    /// The same of each task's protection.
    var protectionLooks: [TaskID: Instant] = [:]

    /// Whether the last step left starts to the next because of their bound: it need not wait.
    public internal(set) var isCutShort = false

    // Scratch of the current step.
    var now: Moment
    var cause = ""
    var effects = EffectBuffer()
    var dirty: OrderedSet<ServiceID> = []
    /// Those that are looked at before ``dirty``.
    var urgent: OrderedSet<ServiceID> = []
    var outgoing: OrderedDictionary<InstanceID, [AssignmentChange]> = [:]

    /// A core for a state as it was recovered: every instance that was connected gets a whole new
    /// lease, so that a restart of the manager is nobody's loss. So does one whose tasks are still
    /// to be given up, lest they stay for ever.
    public init(
        recovered: ClusterState, settings: ManagerSettings, seed: UInt64, at now: Moment,
        into effects: inout EffectBuffer
    ) {
        self.init(
            state: recovered, settings: settings, seed: seed, startedAt: now.monotonic, now: now)
        swap(&self.effects, &effects)
        recover()
        swap(&self.effects, &effects)
    }

    /// A core that knows its state and nothing of its own run yet.
    init(
        state: ClusterState, settings: ManagerSettings, seed: UInt64, startedAt: Instant,
        now: Moment
    ) {
        self.state = state
        self.settings = settings
        arns = ARNs(account: settings.account)
        random = SeededRandom(seed: seed)
        self.now = now
        self.startedAt = startedAt
    }

    /// Applies one event and appends what must follow. Never blocks, never throws, never reads a
    /// clock.
    public mutating func step(_ event: Event, at now: Moment, into effects: inout EffectBuffer) {
        step(CollectionOfOne(event), at: now, into: &effects)
    }

    /// Applies events that came together. A service that many of them touch is looked at once.
    public mutating func step(
        _ events: some Sequence<Event>, at now: Moment, into effects: inout EffectBuffer
    ) {
        self.now = now
        swap(&self.effects, &effects)
        defer { swap(&self.effects, &effects) }
        isCutShort = false
        var causes: OrderedSet<String> = []
        for event in events {
            cause = "reconcile"
            apply(event)
            fireTimers()
            causes.append(cause)
        }
        // What follows from several events is put down to none of them.
        if causes.count > 1 { cause = "reconcile" }
        reconcileDirty()
        flushAssignments()
    }

    private mutating func apply(_ event: Event) {
        switch event {
        case .command(let call, let command): carryOut(command, for: call)
        case .register(let call, let registration, let peer):
            register(registration, from: peer, for: call)
        case .join(let call, let attempt): join(attempt, for: call)
        case .renew(let call, let renewal): renew(renewal, for: call)
        case .openAssignments(let call, let session): openAssignments(session, for: call)
        case .report(let call, let session, let reports): take(reports, from: session, for: call)
        case .disconnected(let session): disconnected(session)
        case .silence(let silence): hear(silence)
        case .tick: break
        }
    }

    /// When a ``Event/tick`` is due, if nothing else happens before.
    public var nextWake: Instant? {
        [
            timers.min?.due, retirements.min?.due, retiredTasks.min?.due,
            steadyAgain.values.first,
        ].compactMap { $0 }.min()
    }

    /// Sees to all that is still to come of a state without a past.
    mutating func recover() {
        cause = "recovery"
        makeBoards()
        for instance in state.instances.values.sorted(by: { $0.id < $1.id }) {
            if instance.status == .inactive { retire(.instance(instance.id)) }
            if isAwaited(instance) {
                effects.leases.append(.open(Lease(instance: instance.id, session: nil)))
            }
        }
        for task in state.tasks.values.sorted(by: { $0.id < $1.id })
        where task.lastStatus == .stopped {
            retire(.task(task.id))
        }
        for service in state.services.values.sorted(by: { $0.id < $1.id }) {
            if service.status == .inactive {
                retire(.service(service.id))
            } else {
                schedule(.reconcile(service.id), after: .zero)
                schedule(.reconcile(service.id), after: settings.healthyAfter)
            }
        }
        for cluster in state.clusters.values.sorted(by: { $0.id < $1.id })
        where cluster.status == .inactive {
            retire(.cluster(cluster.id))
        }
        for provider in state.capacityProviders.values.sorted(by: { $0.reference < $1.reference })
        where provider.status == .inactive {
            retire(.capacityProvider(provider.reference))
        }
        for (task, until) in endsOfProtection { lookAtProtection(of: task, at: until) }
        for token in state.joinTokensInOrder() { lookAtJoinToken(token.id, at: now.wall) }
        for worker in state.workers.values.sorted(by: { $0.id < $1.id }) {
            lookAtCertificate(of: worker.id, at: now.wall)
        }
    }

    /// Whether the end of an instance's silence, or of its tasks, is still to come.
    private func isAwaited(_ instance: ContainerInstance) -> Bool {
        let hasTasks = !state.liveTasks(on: instance.id).isEmpty
        if instance.status == .inactive { return hasTasks }
        let isReplaced = state.clusters[instance.cluster]?.failover != .aws
        return instance.agentConnected || (hasTasks && isReplaced)
    }
}

/// A worker's current session.
struct Session: Sendable {
    var id: SessionID
    var agent: AgentID
    /// Whether its connection stands, as far as the manager knows.
    var connected = true
    /// Whether its assignments stream is open.
    var isListening = false
    /// That of the last update sent. It goes on over all streams of a session, so that an update of
    /// an earlier stream fits none of a later one.
    var revision: UInt64 = 0
}
