import Model
import OrderedCollections
import TaskLifecycle

// From nothing to a registered session, and back when something fails.
extension WorkerCore {
    /// How often a manager at its bounds is asked again on the same connection.
    static let refusalsPerLinkMaximum = 8

    mutating func connect(at now: Moment, into effects: inout EffectBuffer) {
        guard let address = addresses.current else {
            effects.append(.diagnose(Diagnostic(.error, "no manager is configured")))
            return
        }
        let id = nextLink()
        if mustJoin(at: now.wall) {
            link = .joining(id, deadline: now.monotonic + settings.joinTimeout)
            effects.append(.join(id, address: address))
        } else {
            link = .connecting(id, deadline: now.monotonic + settings.connectTimeout)
            effects.append(.connect(id, address: address))
        }
    }

    mutating func connected(_ id: LinkID, at now: Instant, into effects: inout EffectBuffer) {
        guard case .connecting(id, _) = link else { return }
        register(on: id, at: now, into: &effects)
    }

    mutating func disconnected(
        _ id: LinkID, _ reason: String, at now: Instant, into effects: inout EffectBuffer
    ) {
        guard link.id == id else { return }
        complain(WorkerRefusal(.unavailable, reason), at: now, into: &effects)
        wait(at: now, staying: true)
    }

    /// Says who the worker is and everything it runs. The inventory holds the newest report of each
    /// task, so its acceptance acknowledges what the outbox holds now.
    mutating func register(
        on id: LinkID, after refusals: Int = 0, at now: Instant,
        into effects: inout EffectBuffer
    ) {
        let inventory = Inventory(
            reports + outbox.reports.filter { tasks[$0.task] == nil },
            bytesMaximum: settings.inventoryBytesMaximum)
        let call = nextCall()
        link = .registering(
            id,
            Registering(
                call: call, sentAt: now,
                receipts: outbox.receipts.filter { !inventory.namedOnly.contains($0.task) },
                deadline: now + settings.connectTimeout, refusals: refusals))
        let registration = Registration(
            name: settings.name, cluster: settings.cluster, region: settings.region,
            instance: identity, agent: settings.agent, resources: settings.resources,
            attributes: settings.attributes, agentVersion: settings.agentVersion,
            runtime: settings.runtime, inventory: inventory.reports, attempt: call.number)
        effects.append(.register(call, on: id, registration))
    }

    mutating func registered(
        _ call: CallID, _ answer: Registered, at now: Moment, into effects: inout EffectBuffer
    ) {
        guard case .registering(let id, let attempt) = link, attempt.call == call else { return }
        outbox.acknowledge(attempt.receipts)
        if let identity, answer.instance != identity { leaveIdentity(at: now, into: &effects) }
        renewed(bySending: attempt.sentAt, Self.sane(answer.heartbeat))
        addresses.learn(answer.managers)
        if answer.instance == identity {
            open(answer, on: id, at: now.monotonic, into: &effects)
        } else {
            link = .saving(id, answer)
            saveIdentity(answer.instance, into: &effects)
        }
    }

    /// The manager has given up the instance that the worker was: the new one has none of its
    /// tasks. They go before anything is done in its name, and on no account live by its lease.
    private mutating func leaveIdentity(at now: Moment, into effects: inout EffectBuffer) {
        for id in tasks.keys { handle(.forget, for: id, at: now, into: &effects) }
    }

    private mutating func saveIdentity(
        _ instance: InstanceID, into effects: inout EffectBuffer
    ) {
        guard savingIdentity == nil else { return }
        savingIdentity = instance
        effects.append(.saveIdentity(instance))
    }

    mutating func identitySaved(
        _ instance: InstanceID, at now: Instant, into effects: inout EffectBuffer
    ) {
        guard savingIdentity == instance else { return }
        savingIdentity = nil
        identity = instance
        guard case .saving(let id, let answer) = link else { return }
        if answer.instance == instance {
            open(answer, on: id, at: now, into: &effects)
        } else {
            // That one was of an earlier registration.
            saveIdentity(answer.instance, into: &effects)
        }
    }

    /// Without a durable identity a restart would make another worker of this one: it takes no
    /// task.
    mutating func identityNotSaved(
        _ instance: InstanceID, _ reason: String, at now: Instant,
        into effects: inout EffectBuffer
    ) {
        guard savingIdentity == instance else { return }
        savingIdentity = nil
        guard case .saving = link else { return }
        effects.append(
            .diagnose(
                Diagnostic(
                    .error, "the worker's identity can't be saved; it takes no tasks",
                    [Diagnostic.Fact("reason", reason)])))
        backoff.slowDown()
        drop(at: now, into: &effects)
    }

    private mutating func open(
        _ answer: Registered, on id: LinkID, at now: Instant, into effects: inout EffectBuffer
    ) {
        var session = Session(link: id, registered: answer, nextHeartbeat: now)
        session.settings = Self.sane(answer.heartbeat)
        complaints.managerIsWell()
        link = .registered(session)
        effects.append(
            .diagnose(
                Diagnostic(
                    .info, "registered with the manager",
                    [
                        Diagnostic.Fact("instance", answer.instance.description),
                        Diagnostic.Fact("epoch", String(answer.epoch)),
                    ])))
        openAssignments(at: now, into: &effects)
    }

    /// Registrations in a row, on a connection that works, whose sessions ended before they were
    /// proven.
    package static let quickReturnsMaximum = 250
    /// Milliseconds before the next of them, at most.
    private static let quickReturnPause: UInt64 = 100

    /// The session is not the current one. A proven one is renewed at once on the same connection;
    /// one that worked for less soon, for so long as it is not a habit: managers that test suites
    /// reset end sessions that have hardly begun. One that never worked is tried again after a
    /// pause.
    mutating func renew(at now: Instant, into effects: inout EffectBuffer) {
        guard case .registered(let session) = link else { return }
        effects.append(.diagnose(Diagnostic(.warning, "the session is stale; registering again")))
        if session.isProven {
            register(on: session.link, at: now, into: &effects)
        } else if session.heartbeatsAnswered > 0, quickReturns < Self.quickReturnsMaximum {
            quickReturns += 1
            let pause = Int64(1 + random.next() % Self.quickReturnPause)
            link = .holding(
                session.link, Holding(until: now + .milliseconds(pause), refusals: 0))
        } else {
            drop(at: now, into: &effects)
        }
    }

    /// Closes the connection and waits for the next attempt.
    mutating func drop(
        staying: Bool = false, at now: Instant, into effects: inout EffectBuffer
    ) {
        if let id = link.id { effects.append(.disconnect(id)) }
        wait(at: now, staying: staying)
    }

    /// - Parameter staying: the connection broke rather than the manager failed. If its session was
    ///   a proven one, the same manager is tried first: it alone still holds the worker's lease.
    private mutating func wait(at now: Instant, staying: Bool) {
        streamBackoff.reset()
        if case .registered(let session) = link, session.isProven, staying {
            link = .waiting(until: now + backoff.pause(using: &random))
            return
        }
        addresses.advance()
        if case .holding(_, let hold) = link {
            link = .waiting(until: hold.until)
        } else {
            link = .waiting(until: now + backoff.pause(using: &random))
        }
    }

    mutating func registrationFailed(
        _ refusal: WorkerRefusal, at now: Instant, into effects: inout EffectBuffer
    ) {
        guard case .registering(let id, let attempt) = link else { return }
        if refusal.code == .exhausted, attempt.refusals < Self.refusalsPerLinkMaximum {
            complain(refusal, at: now, into: &effects)
            // Another handshake would only add to the manager's load.
            let until = now + backoff.pause(using: &random)
            link = .holding(id, Holding(until: until, refusals: attempt.refusals + 1))
            return
        }
        giveWay(to: refusal, at: now, into: &effects)
    }

    /// Tells a person of a failure: aloud when it is new or long ago, else quietly.
    mutating func complain(
        _ refusal: WorkerRefusal, at now: Instant, into effects: inout EffectBuffer
    ) {
        let isNew = complaints.isNews(
            .manager(addresses.current ?? "", refusal.code), about: refusal.message, at: now)
        let (level, message): (Diagnostic.Level, String) =
            switch refusal.code {
            case .notFound: (.error, "the cluster does not exist; create it, trying again")
            case .alreadyExists:
                (.error, "another worker uses this name or identity; trying again")
            case .unauthenticated:
                (.error, "the worker can't join the cluster; trying again")
            case .permissionDenied: (.error, "the manager refuses this worker")
            case .invalidArgument: (.error, "the manager refused the worker; trying again")
            case .exhausted:
                (.warning, "the manager is at a bound; tasks go on, trying again")
            case .staleSession, .unavailable:
                (.warning, "the manager can't be reached; tasks go on, trying again")
            }
        effects.append(
            .diagnose(
                Diagnostic(
                    isNew ? level : .debug, message,
                    [
                        Diagnostic.Fact("manager", addresses.current ?? ""),
                        Diagnostic.Fact("cluster", settings.cluster),
                        Diagnostic.Fact("reason", refusal.message),
                    ])))
    }

    /// A manager's settings within what a worker can follow.
    static func sane(_ settings: HeartbeatSettings) -> HeartbeatSettings {
        let period = min(max(settings.period, 50), 60_000)
        return HeartbeatSettings(period: period, lease: min(max(settings.lease, period), 600_000))
    }
}
