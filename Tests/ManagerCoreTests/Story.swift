import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

/// The manager's core in virtual time, with toy workers around it and the real ``LeaseTable``.
///
/// Every effect has a taker: records are folded and checked (``Ledger``), sends go to the worker
/// whose session they name, leases to the table, replies to whoever called. An effect that nobody
/// takes fails the test at the next event, a warning that the test did not ask for fails it at the
/// end.
final class Story {
    private(set) var core: ManagerCore
    private(set) var leases: LeaseTable
    private(set) var ledger = Ledger()
    private(set) var now = Instant(milliseconds: 1_000_000)
    let settings: ManagerSettings
    var workers: [ToyWorker] = []
    /// Every task that any worker ever started: none may start twice.
    var started: Set<TaskID> = []
    /// The texts of all effects, for comparing two runs; kept on request.
    private(set) var transcript: [String]?

    private var effects = EffectBuffer()
    private var calls: UInt64 = 0
    private var wallJump = Duration.zero
    private var warnings: [String] = []
    private(set) var ignoredReports = 0
    /// Workers whose connections were to be closed.
    private(set) var expelled: [WorkerID] = []
    /// Sessions whose end by a decision is not told yet.
    private var severed: [SessionID] = []
    private static let refusals = [
        "worker refused", "worker may not join", "certificate not renewed",
    ]

    init(
        workers names: String = "", seed: UInt64 = 1, settings: ManagerSettings = .init(),
        keepsTranscript: Bool = false
    ) {
        self.settings = settings
        var effects = EffectBuffer()
        let moment = Moment(monotonic: now, wall: WallTime(milliseconds: 1_700_000_000_000))
        core = ManagerCore(
            recovered: ClusterState(), settings: settings, seed: seed, at: moment, into: &effects)
        leases = LeaseTable(settings: settings.heartbeat, now: now)
        transcript = keepsTranscript ? [] : nil
        #expect(effects.isEmpty, "a core without a past asks for nothing")
        for name in names.split(separator: " ") { join(ToyWorker(String(name))) }
    }

    deinit {
        expectNothingLeft("at the end", #_sourceLocation)
        #expect(warnings.isEmpty, "nobody asked for these warnings")
    }

    var state: ClusterState { core.state }

    /// Both clocks; civil time has nothing to do with the monotonic one.
    var moment: Moment {
        Moment(
            monotonic: now,
            wall: WallTime(milliseconds: 1_700_000_000_000 + now.milliseconds - 1_000_000)
                + wallJump)
    }

    func jumpWallClock(by duration: Duration) {
        wallJump += duration
    }

    // MARK: Steps

    func send(_ event: Event, _ location: SourceLocation = #_sourceLocation) {
        expectNothingLeft("before the next event", location)
        core.step(event, at: moment, into: &effects)
        settle(location)
    }

    /// Tells the core of sessions whose end it decided.
    func tellSevered(_ location: SourceLocation = #_sourceLocation) {
        for session in severed { send(.disconnected(session), location) }
        severed = []
    }

    func nextCall() -> CallID {
        calls += 1
        return CallID(number: calls)
    }

    /// Sends a command; its reply must be the only one.
    @discardableResult
    func apply(
        _ command: Command, _ location: SourceLocation = #_sourceLocation
    ) throws(APIError) -> Outcome {
        let call = nextCall()
        send(.command(call, command), location)
        #expect(effects.replies.map(\.call) == [call], sourceLocation: location)
        guard let reply = effects.replies.popLast() else {
            throw APIError(.server, "no reply came")
        }
        return try reply.result.get()
    }

    /// The error that a command must give, as `Code: message`.
    func refusal(of command: Command, _ location: SourceLocation = #_sourceLocation) -> String {
        let before = state.revision
        do {
            try apply(command, location)
            return "none"
        } catch {
            #expect(state.revision == before, "a refusal changes nothing", sourceLocation: location)
            return "\(error.code.rawValue): \(error.message)"
        }
    }

    /// Sends a worker's call; its answer must be the only one.
    func call(
        _ event: (CallID) -> Event, _ location: SourceLocation = #_sourceLocation
    ) throws(WorkerRefusal) -> EffectBuffer.WorkerReply.Answer {
        let call = nextCall()
        send(event(call), location)
        #expect(effects.workerReplies.map(\.call) == [call], sourceLocation: location)
        guard let reply = effects.workerReplies.popLast() else {
            throw WorkerRefusal(.unavailable, "no reply came")
        }
        if case .failure = reply.result { warnings.removeAll { Self.refusals.contains($0) } }
        return try reply.result.get()
    }

    /// The manager's process ends and another takes its place, knowing what was recorded.
    func restartManager(seed: UInt64 = 99, _ location: SourceLocation = #_sourceLocation) {
        expectNothingLeft("before the restart", location)
        for worker in workers { worker.connectionBroke() }
        core = ManagerCore(
            recovered: ledger.state, settings: settings, seed: seed, at: moment, into: &effects)
        leases = LeaseTable(settings: settings.heartbeat, now: now)
        settle(location)
    }

    // MARK: Effects

    private func settle(_ location: SourceLocation) {
        transcript?.append(String(reflecting: effects))
        ledger.take(effects.records, core.state, settings, at: now, location)
        effects.records = []
        for change in effects.leases {
            switch change {
            case .open(let lease): leases.open(lease, at: now)
            case .close(let lease): leases.close(lease)
            case .sever(let lease):
                leases.close(lease)
                if let session = lease.session { severed.append(session) }
            }
        }
        effects.leases = []
        for send in effects.sends {
            let worker = workers.first { $0.session == send.session }
            #expect(worker != nil, "a message for a session nobody has", sourceLocation: location)
            worker?.receive(send.update, in: self, location)
        }
        effects.sends = []
        expelled += effects.expulsions
        effects.expulsions = []
        for notice in effects.notices {
            if [.warning, .refusal].contains(notice.level) { warnings.append(notice.message) }
            if notice.message == "report ignored" { ignoredReports += 1 }
        }
        effects.notices = []
    }

    /// Takes the warnings that came since the last time.
    func takeWarnings() -> [String] {
        defer { warnings = [] }
        return warnings
    }

    private func expectNothingLeft(_ when: String, _ location: SourceLocation) {
        #expect(effects.isEmpty, "effects left \(when)", sourceLocation: location)
        effects = EffectBuffer()
    }

    // MARK: Time

    /// Time passes as in the manager's shell: workers act, leases are looked at, timers are due.
    func pass(_ duration: Duration, _ location: SourceLocation = #_sourceLocation) {
        let end = now + duration
        while now < end {
            now = min(end, now + LeaseTable.period)
            for worker in workers { worker.act(in: self, location) }
            if let silence = leases.advance(to: now) {
                send(.silence(silence), location)
            } else if let wake = core.nextWake, wake <= now {
                send(.tick, location)
            }
        }
    }

    /// Time passes for all but the manager, which was stopped meanwhile.
    func freezeManager(_ duration: Duration) {
        now = now + duration
    }

    func renew(_ session: SessionID) -> Bool {
        leases.renew(session, at: now)
    }

    func cut(_ session: SessionID, _ location: SourceLocation = #_sourceLocation) {
        leases.cut(session, at: now)
        send(.disconnected(session), location)
    }
}
