import Model
import TaskLifecycle
import Testing
import WorkerCore

/// A story of one worker in virtual time. Each step gives an event; every effect that follows has
/// to be taken by an `expect…` before the next step, or the test fails.
final class WorkerStory {
    typealias Effect = WorkerCore.Effect

    var core: WorkerCore
    var now: Int64 = 1_000
    /// Effects that nobody has asserted yet.
    private var left: [Effect] = []
    private(set) var wake: Instant?
    /// The link and the session the story is in.
    var link = LinkID(number: 0)
    var stream = CallID(number: 0)
    let instance = InstanceID(high: 7, low: 7)

    init(
        identity: InstanceID? = InstanceID(high: 7, low: 7),
        certificate: CertificateTimes? = nil, managers: [String] = ["m1:1"],
        seed: UInt64 = 1, configure: (inout WorkerCore.Settings) -> Void = { _ in }
    ) {
        var settings = WorkerCore.Settings(
            name: "worker-1", cluster: "default", agent: AgentID(high: 9, low: 9),
            managers: managers, resources: Resources(cpu: 1_024, memory: 512))
        configure(&settings)
        core = WorkerCore(
            settings: settings, identity: identity, certificate: certificate, seed: seed)
    }

    deinit {
        if !left.isEmpty {
            Issue.record("the story ends with effects that nobody expected: \(left)")
        }
    }

    // MARK: Steps

    func when(
        _ event: WorkerCore.Event, after milliseconds: Int64 = 0,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(left.isEmpty, "effects that nobody expected", sourceLocation: location)
        now += milliseconds
        var buffer = WorkerCore.EffectBuffer()
        core.step(event, at: moment, into: &buffer)
        for effect in buffer.drain() {
            if case .wake(let at) = effect { wake = at } else { left.append(effect) }
        }
    }

    /// Lets time pass to the wake that the core asked for.
    func sleep(_ location: SourceLocation = #_sourceLocation) {
        guard let wake else {
            Issue.record("the core asked for no wake", sourceLocation: location)
            return
        }
        now = max(now, wake.milliseconds)
        when(.woke, location)
    }

    /// Nothing may be left over.
    func expectNothing(_ location: SourceLocation = #_sourceLocation) {
        #expect(left.isEmpty, "effects that nobody expected", sourceLocation: location)
        left.removeAll()
    }

    var moment: Moment {
        Moment(
            monotonic: Instant(milliseconds: now), wall: WallTime(milliseconds: 1_000_000 + now))
    }

    // MARK: Effects

    /// Whether the next effect is a heartbeat.
    var isBeating: Bool {
        if case .heartbeat? = left.first { true } else { false }
    }

    /// Whatever manager is tried.
    func takeConnect(_ location: SourceLocation = #_sourceLocation) {
        if case .connect(let id, _)? = next(location) { link = id }
    }

    /// The attempt to connect that is due is refused. How loud that is told.
    func attemptRefused(
        _ reason: String, _ location: SourceLocation = #_sourceLocation
    ) -> WorkerCore.Diagnostic.Level? {
        takeConnect(location)
        when(.disconnected(link, reason: reason), location)
        guard case .diagnose(let diagnostic)? = next(location) else { return nil }
        return diagnostic.level
    }

    func expectConnect(
        _ address: String = "m1:1", _ location: SourceLocation = #_sourceLocation
    ) {
        if case .connect(let id, address)? = next(location) {
            link = id
        } else {
            Issue.record("no connection to \(address)", sourceLocation: location)
        }
    }

    func expectJoin(
        _ address: String = "m1:1", _ location: SourceLocation = #_sourceLocation
    ) {
        if case .join(let id, address)? = next(location) {
            link = id
        } else {
            Issue.record("not joining at \(address)", sourceLocation: location)
        }
    }

    /// Lets time pass with its heartbeats until the certificate is renewed.
    func beatUntilRenewal(_ location: SourceLocation = #_sourceLocation) throws -> CallID {
        for _ in 0..<1_000 {
            self.sleep(location)
            if case .heartbeat(let call, _, _)? = left.first {
                left.removeFirst()
                if case .renew(let renewal, link)? = left.first {
                    left.removeFirst()
                    when(.heartbeatAnswered(call), location)
                    return renewal
                }
                when(.heartbeatAnswered(call), location)
            } else if case .renew(let renewal, link)? = left.first {
                left.removeFirst()
                return renewal
            }
        }
        throw Unexpected("the certificate was not renewed", location)
    }

    /// Whether the only effect was a heartbeat, which is answered then.
    func expectBeatOrNothing(_ location: SourceLocation = #_sourceLocation) -> Bool {
        guard case .heartbeat(let call, _, _)? = left.first, left.count == 1 else { return false }
        left.removeFirst()
        when(.heartbeatAnswered(call), location)
        return true
    }

    func expectRegister(
        _ location: SourceLocation = #_sourceLocation
    ) throws -> (call: CallID, registration: Registration) {
        guard case .register(let call, link, let registration)? = next(location) else {
            throw Unexpected("no registration", location)
        }
        return (call, registration)
    }

    func expectOpen(_ location: SourceLocation = #_sourceLocation) {
        if case .openAssignments(let call, link, _)? = next(location) {
            stream = call
        } else {
            Issue.record("no stream opened", sourceLocation: location)
        }
    }

    func expectHeartbeat(
        _ location: SourceLocation = #_sourceLocation
    ) throws -> (call: CallID, heartbeat: Heartbeat) {
        guard case .heartbeat(let call, link, let heartbeat)? = next(location) else {
            throw Unexpected("no heartbeat", location)
        }
        return (call, heartbeat)
    }

    func expectReport(
        _ location: SourceLocation = #_sourceLocation
    ) throws -> (call: CallID, reports: [TaskReport]) {
        guard case .report(let call, link, _, let reports)? = next(location) else {
            throw Unexpected("no report", location)
        }
        return (call, reports)
    }

    func expectRun(
        _ action: WorkerCore.RuntimeAction, _ location: SourceLocation = #_sourceLocation
    ) {
        expect(.run(action), location)
    }

    func expectSaid(
        _ level: WorkerCore.Diagnostic.Level?, _ part: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        guard case .diagnose(let diagnostic)? = next(location) else {
            Issue.record("nothing was said", sourceLocation: location)
            return
        }
        if let level { #expect(diagnostic.level == level, sourceLocation: location) }
        #expect(diagnostic.message.contains(part), sourceLocation: location)
    }

    func expect(_ effect: Effect, _ location: SourceLocation = #_sourceLocation) {
        #expect(next(location) == effect, sourceLocation: location)
    }

    private func next(_ location: SourceLocation) -> Effect? {
        guard !left.isEmpty else {
            Issue.record("no effect is left", sourceLocation: location)
            return nil
        }
        return left.removeFirst()
    }

    struct Unexpected: Error {
        init(_ what: String, _ location: SourceLocation) {
            Issue.record("\(what)", sourceLocation: location)
        }
    }
}
