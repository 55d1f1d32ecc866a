import Model
import TaskLifecycle
import Testing
import WorkerCore

/// A manager that answers anything with anything: late, twice, in another's place, never. The
/// runtime is honest. In virtual time from a seed.
private struct Liar {
    var random: SeededRandom
    var core: WorkerCore
    var now: Int64 = 1_000
    var wake: Int64?
    var runtime = ToyRuntime()
    var links: [LinkID] = []
    var calls: [CallID] = []
    var connects = 0
    var registrations = 0
    var steps = 0
    /// The newest call of each kind that an honest manager would answer now.
    var open: [WorkerCore.Effect] = []
    /// Sessions after so many registrations are the honest manager's.
    var honestFrom: Int?

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        let settings = WorkerCore.Settings(
            name: "w", cluster: "default", agent: AgentID(high: 1, low: seed),
            managers: ["m1:1", "m2:2"], resources: Resources(cpu: 1, memory: 1))
        core = WorkerCore(settings: settings, identity: nil, seed: seed)
        step(.started([]))
    }

    mutating func lie(until end: Int64) {
        while now < end {
            // Mostly soon; now and then the agent is frozen for a while.
            now += Int64(random.next() % (chance(1) ? 20_000 : 150))
            if let due = wake, due <= now { step(.woke) }
            step(lie())
            if chance(50) { answerHonestly() }
        }
    }

    mutating func beHonest(until end: Int64) {
        honestFrom = registrations
        while now < end {
            now = min(wake ?? end, now + 100)
            if let due = wake, due <= now { step(.woke) }
            while !open.isEmpty { answerHonestly() }
        }
    }

    private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    private mutating func number(_ below: UInt64) -> UInt64 { random.next() % below }

    // MARK: Lies

    private mutating func lie() -> WorkerCore.Event {
        let call =
            calls.suffix(6).randomElement(using: &random) ?? CallID(number: number(50))
        let link = links.suffix(3).randomElement(using: &random) ?? LinkID(number: number(50))
        switch number(9) {
        case 0: return .connected(link)
        case 1: return chance(30) ? .disconnected(link, reason: "cut") : .connected(link)
        case 2:
            let answer = Registered(
                instance: InstanceID(high: 0, low: number(3)),
                session: SessionID(high: 0, low: number(5)), epoch: random.next(),
                heartbeat: HeartbeatSettings(
                    period: Int64(number(3)) * 700, lease: Int64(bitPattern: random.next()) >> 1),
                managers: (0..<number(40)).map { "x\($0):1" })
            return .registered(call, answer)
        case 3: return .heartbeatAnswered(call)
        case 4: return .reportAnswered(call)
        case 5: return .identitySaved(InstanceID(high: 0, low: number(3)))
        case 6:
            var codes: [WorkerRefusal.Code] = [
                .notFound, .alreadyExists, .staleSession, .invalidArgument, .exhausted,
                .unavailable,
            ]
            if chance(3) { codes = [.unauthenticated, .permissionDenied] }
            let code = codes.randomElement(using: &random) ?? .unavailable
            return .failed(call, WorkerRefusal(code, "lie \(number(9))"))
        default: return .assignments(call, update())
        }
    }

    private mutating func update() -> AssignmentUpdate {
        let list = (0..<number(4)).map { _ in
            Assignment(spec: task(number(12)), desired: chance(70) ? .running : .stopped)
        }
        let revision = chance(5) ? UInt64.max : number(6)
        switch number(6) {
        case 0: return .heartbeat(HeartbeatSettings(period: -5, lease: .max))
        case 1:
            let within = chance(50) ? Int64(number(2_000)) : Int64.max
            return .redirect(Redirect(manager: "m\(number(4)):1", within: within))
        case 2: return .unknown
        case 3:
            let changes = list.map { chance(50) ? AssignmentChange.put($0) : .forget($0.spec.id) }
            return .changes(appliesTo: number(6), revision: revision, changes)
        default: return .complete(revision: revision, list, more: chance(30))
        }
    }

    // MARK: Truth

    private mutating func answerHonestly() {
        guard !open.isEmpty else { return }
        switch open.removeFirst() {
        case .connect(let link, _): step(.connected(link))
        case .register(let call, _, _):
            let answer = Registered(
                instance: InstanceID(high: 0, low: 1),
                session: SessionID(high: 1, low: UInt64(registrations)), epoch: 1,
                heartbeat: HeartbeatSettings())
            step(.registered(call, answer))
        case .openAssignments(let call, _, _):
            let wanted = [task(honestFrom == nil ? 20 : 21).running]
            step(.assignments(call, .complete(revision: 1, wanted, more: false)))
        case .heartbeat(let call, _, let heartbeat):
            let session = heartbeat.session
            let isKnown = session.high == 1 && session.low > UInt64(honestFrom ?? 0)
            let stale = WorkerRefusal(.staleSession, "register again")
            let isLie = honestFrom != nil && !isKnown
            step(isLie ? .failed(call, stale) : .heartbeatAnswered(call))
        case .report(let call, _, _, _): step(.reportAnswered(call))
        case .saveIdentity(let instance): step(.identitySaved(instance))
        default: break
        }
    }

    private mutating func step(_ event: WorkerCore.Event) {
        steps += 1
        var buffer = WorkerCore.EffectBuffer()
        let moment = Moment(
            monotonic: Instant(milliseconds: now), wall: WallTime(milliseconds: now))
        core.step(event, at: moment, into: &buffer)
        let effects = buffer.drain()
        #expect(effects.count < 200, "an event sets off a storm")
        for effect in effects { carryOut(effect) }
    }

    private mutating func carryOut(_ effect: WorkerCore.Effect) {
        switch effect {
        case .wake(let instant): wake = instant?.milliseconds
        case .connect(let link, _):
            connects += 1
            links.append(link)
        case .register(let call, _, _):
            registrations += 1
            calls.append(call)
        case .openAssignments(let call, _, _), .heartbeat(let call, _, _),
            .report(let call, _, _, _):
            calls.append(call)
        case .run(let action):
            if let answer = runtime.perform(action, now) { step(answer) }
            if case .stop(let id, let name, _) = action {
                let key = ToyRuntime.Key(task: id, name: name)
                guard runtime.running.contains(key) else { return }
                runtime.exit(key, code: 143, now)
                step(.task(id, .exited(container: name, runtime.end(of: key, now))))
            }
        case .disconnect, .saveIdentity, .keep, .diagnose, .finished, .join, .renew, .exec, .logs,
            .reportUsage:
            break
        }
        switch effect {
        case .connect, .register, .openAssignments, .heartbeat, .report, .saveIdentity:
            open.append(effect)
            if open.count > 20 { open.removeFirst() }
        default: break
        }
    }
}

@Suite("A worker and a manager that lies")
struct LyingManagerTests {
    @Test(
        "It starts no task twice, makes no storm, and works again once the manager is honest",
        arguments: UInt64(1)...20)
    func lies(seed: UInt64) {
        var world = Liar(seed: seed)
        world.lie(until: 200_000)
        // Attempts are paced by pauses, registrations by proven sessions, whatever is answered.
        #expect(world.connects < 3 * 200, "\(world.connects) connections in 200 s")
        #expect(world.registrations < 4 * 200, "\(world.registrations) registrations in 200 s")
        #expect(world.connects > 3 && world.runtime.starts.count > 0, "there were lies to tell")
        world.beHonest(until: world.now + 120_000)
        #expect(world.core.session != nil)
        #expect(world.core.isReported)
        #expect(world.runtime.running == [ToyRuntime.Key(task: task(21).id, name: "web")])
        #expect(world.runtime.taskIDs == [task(21).id])
    }
}
