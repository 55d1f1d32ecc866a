import Model
import OrderedCollections
import TaskLifecycle
import Testing
import WorkerCore

/// A toy manager, network and runtime around a real core, in virtual time from a seed. Messages
/// take random times, connections break with whatever is on them, the manager gives the worker up,
/// the agent crashes. It checks at each step what must hold always.
struct ToyWorld {
    /// Something that will happen unless its cause is gone by then.
    struct Pending {
        enum Deed {
            case event(WorkerCore.Event)
            case atManager(WorkerCore.Effect)
            case atRuntime(WorkerCore.RuntimeAction)
        }

        var at: Int64
        /// Dies with this connection.
        var link: LinkID?
        /// Dies with this run of the agent.
        var run: Int
        var deed: Deed
    }

    var random: SeededRandom
    var now: Int64 = 0
    var core: WorkerCore
    var run = 0
    var pending: [Pending] = []
    var wake: Int64?
    var link: LinkID?
    var identity: InstanceID?
    /// On the worker's disk; always `nil` in a world without TLS.
    var certificate: CertificateTimes?
    let security: WorkerCore.Security
    var certificates = 0
    var manager = ToyManager()
    var runtime = ToyRuntime()
    var isHealed = false
    var crashes = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        security = seed % 2 == 0 ? .mutualTLS : .plaintext
        core = Self.core(nil, nil, security, 1)
        step(.started([]))
    }

    /// Runs for some virtual seconds, with faults or without.
    mutating func run(seconds: Int64) {
        let end = now + seconds * 1_000
        while now < end {
            if isHealed { flushManager() } else { makeTrouble() }
            let next = min(pending.map(\.at).min() ?? end, wake ?? end, now + 100)
            now = max(now, next)
            if let wake, wake <= now { step(.woke) }
            while let index = pending.firstIndex(where: { $0.at <= now }) {
                let due = pending.remove(at: index)
                if due.run == run { happen(due) }
            }
        }
    }

    private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    // MARK: Faults and wishes

    private mutating func makeTrouble() {
        if chance(15) { manager.assign(task(UInt64(manager.tasks.count + 1), containers: names())) }
        if chance(5), let id = manager.tasks.keys.randomElement(using: &random) { manager.stop(id) }
        if chance(6), let key = runtime.running.randomElement(using: &random) {
            end(key, code: Int(random.next() % 2))
        }
        if chance(4) { breakLink() }
        if chance(2) { manager.giveUp() }
        if chance(2) { crash() }
        flushManager()
    }

    private mutating func names() -> [String] { chance(50) ? ["web"] : ["web", "app"] }

    private mutating func breakLink() {
        guard let broken = link else { return }
        pending.removeAll { $0.link == broken }
        manager.disconnected(broken)
        link = nil
        deliver(.disconnected(broken, reason: "broken"))
    }

    /// The agent dies. What it asked of the runtime was either done or will never be.
    private mutating func crash() {
        crashes += 1
        let asked = pending.compactMap { pending -> WorkerCore.RuntimeAction? in
            if case .atRuntime(let action) = pending.deed { return action } else { return nil }
        }
        for action in asked where chance(50) { runtime.performAlone(action, now) }
        pending.removeAll { $0.link == nil || $0.link == link }
        if let link { manager.disconnected(link) }
        link = nil
        wake = nil
        run += 1
        core = Self.core(identity, certificate, security, random.next())
        step(.started(runtime.found))
    }

    private mutating func end(_ key: ToyRuntime.Key, code: Int) {
        runtime.exit(key, code: code, now)
        deliver(.task(key.task, .exited(container: key.name, runtime.end(of: key, now))))
    }

    // MARK: The world's mechanics

    private mutating func deliver(
        _ event: WorkerCore.Event, on link: LinkID? = nil, inOrder: Bool = false
    ) {
        var at = now + Int64(random.next() % 40)
        if inOrder { at = max(at, pending.filter { $0.link == link }.map(\.at).max() ?? at) }
        pending.append(Pending(at: at, link: link, run: run, deed: .event(event)))
    }

    private mutating func step(_ event: WorkerCore.Event) {
        var buffer = WorkerCore.EffectBuffer()
        let moment = Moment(
            monotonic: Instant(milliseconds: now), wall: WallTime(milliseconds: now))
        core.step(event, at: moment, into: &buffer)
        for effect in buffer.drain() { begin(effect) }
    }

    private mutating func begin(_ effect: WorkerCore.Effect) {
        let at = now + Int64(random.next() % 40)
        switch effect {
        case .wake(let instant): wake = instant?.milliseconds
        case .join(let id, _):
            link = id
            if chance(80) { deliver(.joined(id, issue()), on: id) }
        case .renew(let call, let id):
            guard id == link, chance(80) else { return }
            deliver(.renewed(call, issue()), on: id)
        case .connect(let id, _):
            link = id
            if security == .mutualTLS {
                #expect((certificate?.endsAt.milliseconds ?? 0) > now, "a certificate that is good")
            }
            deliver(.connected(id), on: id)
        case .disconnect(let id):
            pending.removeAll { $0.link == id }
            manager.disconnected(id)
            if link == id { link = nil }
        case .register(_, let id, _), .heartbeat(_, let id, _), .report(_, let id, _, _),
            .openAssignments(_, let id, _):
            guard id == link else { return }
            pending.append(Pending(at: at, link: id, run: run, deed: .atManager(effect)))
        case .saveIdentity(let instance):
            identity = instance
            deliver(.identitySaved(instance))
        case .run(let action):
            pending.append(Pending(at: at, link: nil, run: run, deed: .atRuntime(action)))
        case .diagnose, .keep, .exec, .logs, .reportUsage: break
        case .finished: Issue.record("nobody asked the agent to end")
        }
    }

    /// A certificate of ten seconds, on the worker's disk from now on.
    private mutating func issue() -> CertificateTimes {
        certificates += 1
        let times = CertificateTimes(
            issuedAt: WallTime(milliseconds: now), endsAt: WallTime(milliseconds: now + 10_000))
        certificate = times
        return times
    }

    private mutating func happen(_ due: Pending) {
        switch due.deed {
        case .event(let event): step(event)
        case .atManager(let effect):
            for answer in manager.answer(effect) { deliver(answer, on: due.link, inOrder: true) }
        case .atRuntime(let action):
            if let answer = runtime.perform(action, now) { deliver(answer) }
            if case .stop(let id, let name, _) = action {
                let key = ToyRuntime.Key(task: id, name: name)
                if runtime.running.contains(key) { end(key, code: 143) }
            }
        }
    }

    /// Sends what the manager has to say on its open stream.
    mutating func flushManager() {
        guard let link else { return }
        for event in manager.outgoing() { deliver(event, on: link, inOrder: true) }
    }

    private static func core(
        _ identity: InstanceID?, _ certificate: CertificateTimes?, _ security: WorkerCore.Security,
        _ seed: UInt64
    ) -> WorkerCore {
        var settings = WorkerCore.Settings(
            name: "toy", cluster: "default", agent: AgentID(high: 1, low: seed),
            managers: ["m:1"], resources: Resources(cpu: 1, memory: 1))
        settings.security = security
        return WorkerCore(
            settings: settings, identity: identity, certificate: certificate, seed: seed)
    }
}
