public import ClusterState
import HashTreeCollections
public import ManagerCore
public import Model
import OrderedCollections

/// A change tried on a copy of the manager's core in virtual time: nothing of it is real.
///
/// The core is made from a state as it is after a restart, for one cluster alone, with stand-ins
/// for the workers that are connected. Commands go to it first, then ``run()`` lets time pass
/// until all stands still, and tells what happened.
public struct Rehearsal: Sendable {
    /// How long tasks need.
    public struct Pace: Hashable, Sendable {
        public var start: Duration
        public var stop: Duration

        public init(start: Duration = .seconds(5), stop: Duration = .seconds(2)) {
            self.start = start
            self.stop = stop
        }

        /// No task is taken to need longer.
        public static let maximum: Duration = .seconds(3_600)
    }

    /// Where nothing has changed for so long, nothing will.
    static let quietMaximum: Duration = .seconds(900)
    /// What is not over by then is not tried to its end.
    static let timeMaximum: Duration = .seconds(7 * 86_400)
    static let recordsMaximum = 2_000_000

    private let settings: ManagerSettings
    private let cluster: Cluster
    private var core: ManagerCore
    private var workers: StandIns
    private var observer: Observer
    private var sessions: [CallID: SessionID] = [:]
    private var calls: UInt64 = 0
    private var now: Moment
    private let begin: Moment
    private var change: [String] = []

    /// - Parameters:
    ///   - state: As it is now. It stays as it is.
    ///   - wall: The time of the state.
    /// - Throws: ``APIError`` when there is no such cluster.
    public init(
        of state: ClusterState, in reference: ClusterReference, settings: ManagerSettings,
        pace: Pace = Pace(), at wall: WallTime
    ) throws(APIError) {
        guard let cluster = state.cluster(reference), cluster.status == .active else {
            throw APIError(
                .clusterNotFound,
                "There is no cluster \(reference.name.clipped) in region \(reference.region).")
        }
        self.settings = settings
        self.cluster = cluster
        workers = StandIns(pace: pace)
        let excerpt = state.excerpt(of: cluster.id)
        var effects = EffectBuffer()
        // What runs now has run for long enough: no task is taken for one whose health is unknown.
        let settled = settings.healthyAfter + .milliseconds(1)
        core = ManagerCore(
            recovered: excerpt, settings: settings, seed: state.revision,
            at: Moment(monotonic: .zero, wall: wall + (.zero - settled)), into: &effects)
        begin = Moment(monotonic: .zero + settled, wall: wall)
        now = begin
        observer = Observer(excerpt, of: cluster.id, settings, from: begin)
        connect()
    }

    /// Every worker that is connected comes back to the copy.
    private mutating func connect() {
        let connected = core.state.instances(of: cluster.id)
            .filter { $0.agentConnected && $0.status != .inactive }
        var registrations: [Event] = []
        for (number, instance) in connected.enumerated() {
            let inventory = core.state.liveTasks(on: instance.id).map {
                TaskReport(task: $0.id, status: $0.lastStatus)
            }
            registrations.append(
                .register(
                    nextCall(),
                    Registration(
                        name: instance.name, cluster: cluster.name, region: cluster.region,
                        instance: instance.id, agent: AgentID(high: 0, low: UInt64(number)),
                        resources: instance.registered, attributes: instance.attributes,
                        agentVersion: instance.agentVersion, runtime: instance.runtime,
                        inventory: inventory)))
        }
        let first = calls - UInt64(registrations.count)
        step(registrations)
        var openings: [Event] = []
        for number in 0..<UInt64(registrations.count) {
            guard let session = sessions[CallID(number: first + number + 1)] else { continue }
            openings.append(.openAssignments(nextCall(), session))
        }
        step(openings)
    }

    private mutating func nextCall() -> CallID {
        calls += 1
        return CallID(number: calls)
    }

    /// The copy's state as it is now.
    public var state: ClusterState { core.state }

    /// Carries out a command at the beginning.
    ///
    /// - Throws: ``APIError`` as a manager would.
    public mutating func carryOut(_ command: Command) throws(APIError) -> Outcome {
        observer.note(command)
        change.append(command.name)
        let replies = step([.command(nextCall(), command)])
        guard let reply = replies.first else {
            throw APIError(.server, "The copy of the manager's core gave no answer.")
        }
        return try reply.result.get()
    }

    @discardableResult
    private mutating func step(_ events: [Event]) -> [EffectBuffer.Reply] {
        guard !events.isEmpty else { return [] }
        var effects = EffectBuffer()
        core.step(events, at: now, into: &effects)
        var replies = effects.replies
        take(effects)
        while core.isCutShort {
            var more = EffectBuffer()
            core.step(.tick, at: now, into: &more)
            replies += more.replies
            take(more)
        }
        return replies
    }

    private mutating func take(_ effects: EffectBuffer) {
        observer.take(effects.records, core.state, at: now)
        for reply in effects.workerReplies {
            if case .success(.registered(let registered)) = reply.result {
                sessions[reply.call] = registered.session
            }
        }
        for send in effects.sends {
            workers.hear(send.update, as: send.session, at: now.monotonic)
        }
    }

    /// Lets time pass until nothing moves any more.
    ///
    /// - Returns: What happened, and how it ended.
    public mutating func run() -> Forecast {
        var isOver = false
        while !isOver {
            let due = [workers.next, core.nextWake].compactMap { $0 }.min()
            guard let due, due - observer.lastChange < Self.quietMaximum || workers.next != nil,
                !(workers.next == nil && observer.isSettled(core.state, at: now.monotonic))
            else { break }
            isOver =
                due - begin.monotonic > Self.timeMaximum
                || observer.records > Self.recordsMaximum
            guard !isOver else { break }
            let instant = max(due, now.monotonic)
            now = Moment(
                monotonic: instant, wall: begin.wall + (instant - begin.monotonic))
            let said = workers.speak(at: instant)
            var events: [Event] = []
            for (session, reports) in said {
                events.append(.report(nextCall(), session, reports))
            }
            step(events.isEmpty ? [.tick] : events)
        }
        return forecast(isCut: isOver)
    }

    private func forecast(isCut: Bool) -> Forecast {
        let services = observer.services(core.state, at: now.wall)
        let ending = observer.ending(services, core.state, isCut: isCut)
        return Forecast(
            region: cluster.region, cluster: cluster.name, change: change,
            startMilliseconds: workers.pace.start.milliseconds,
            stopMilliseconds: workers.pace.stop.milliseconds, verdict: ending.verdict,
            reason: ending.reason,
            duration: (observer.lastChange - begin.monotonic).milliseconds,
            steps: observer.steps.kept, stepsLeftOut: observer.steps.leftOut,
            before: observer.before, peak: observer.peak, capacityCPU: observer.capacity.cpu,
            capacityMemory: observer.capacity.memory, services: services)
    }
}
