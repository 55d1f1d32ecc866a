import Model
import OrderedCollections
import TaskLifecycle
import Testing
import WorkerCore

/// A manager in miniature: a list of tasks, one session, one stream.
struct ToyManager {
    struct Known {
        var spec: TaskSpec
        var desired = DesiredStatus.running
        var last = TaskStatus.pending
    }

    var tasks: OrderedDictionary<TaskID, Known> = [:]
    private var session: SessionID?
    private var sessions: UInt64 = 0
    private var stream: (call: CallID, link: LinkID, revision: UInt64)?
    private var changes: [AssignmentChange] = []
    private var agent: AgentID?

    mutating func assign(_ spec: TaskSpec) {
        tasks[spec.id] = Known(spec: spec)
        changes.append(.put(Assignment(spec: spec, desired: .running)))
    }

    mutating func stop(_ id: TaskID) {
        guard let known = tasks[id], known.last < .stopped else { return }
        tasks[id]?.desired = .stopped
        changes.append(.put(Assignment(spec: known.spec, desired: .stopped)))
    }

    /// The lease ran out: the session is over and its tasks are replaced elsewhere.
    mutating func giveUp() {
        session = nil
        stream = nil
        for id in tasks.keys { tasks[id]?.last = .stopped }
    }

    mutating func disconnected(_ link: LinkID) {
        if stream?.link == link { stream = nil }
    }

    mutating func outgoing() -> [WorkerCore.Event] {
        defer { changes = [] }
        guard let open = stream, !changes.isEmpty else { return [] }
        stream?.revision += 1
        return [
            .assignments(
                open.call,
                .changes(appliesTo: open.revision, revision: open.revision + 1, changes))
        ]
    }

    mutating func answer(_ effect: WorkerCore.Effect) -> [WorkerCore.Event] {
        switch effect {
        case .register(let call, _, let registration):
            sessions += 1
            let session = SessionID(high: 0, low: sessions)
            self.session = session
            stream = nil
            // A new agent may not know of a stop that the one before only meant to begin.
            for report in registration.inventory where registration.agent != agent {
                if let last = tasks[report.task]?.last, last > report.status { continue }
                take(report)
            }
            for report in registration.inventory where registration.agent == agent { take(report) }
            agent = registration.agent
            let answer = Registered(
                instance: InstanceID(high: 7, low: 7), session: session, epoch: sessions,
                heartbeat: .init())
            return [.registered(call, answer)] + outgoing()
        case .heartbeat(let call, _, let heartbeat):
            return [heartbeat.session == session ? .heartbeatAnswered(call) : stale(call)]
        case .report(let call, _, let from, let reports):
            guard from == session else { return [stale(call)] }
            for report in reports { take(report) }
            return [.reportAnswered(call)] + outgoing()
        case .openAssignments(let call, let link, let from):
            guard from == session else { return [stale(call)] }
            changes = []
            stream = (call, link, 1)
            let all = tasks.values.filter { $0.last < .stopped }
                .map { Assignment(spec: $0.spec, desired: $0.desired) }
            let half = all.count / 2
            return [
                .assignments(call, .complete(revision: 1, Array(all[..<half]), more: true)),
                .assignments(call, .complete(revision: 1, Array(all[half...]), more: false)),
            ]
        default: return []
        }
    }

    /// Contract 2 at the manager's end: within a session reports come in order, so none goes back.
    private mutating func take(_ report: TaskReport) {
        guard let known = tasks[report.task] else { return }
        if known.last == .stopped { return }
        #expect(report.status >= known.last, "\(report.task) went back")
        tasks[report.task]?.last = report.status
        if report.status == .stopped { changes.append(.forget(report.task)) }
    }

    private func stale(_ call: CallID) -> WorkerCore.Event {
        .failed(call, WorkerRefusal(.staleSession, "stale"))
    }
}

/// A runtime in miniature, which counts what must happen once.
struct ToyRuntime {
    struct Key: Hashable {
        var task: TaskID
        var name: String
    }

    private struct Held {
        var spec: TaskSpec
        var states: OrderedDictionary<String, RecoveredContainer>
    }

    private var tasks: OrderedDictionary<TaskID, Held> = [:]
    private(set) var starts: [Key: Int] = [:]
    private var stops: [Key: Int] = [:]

    var found: [RecoveredTask] {
        tasks.values.map { RecoveredTask(spec: $0.spec, containers: Array($0.states.values)) }
    }

    var taskIDs: [TaskID] { Array(tasks.keys) }

    var running: [Key] {
        tasks.values.flatMap { held in
            held.states.values.compactMap { container in
                guard case .running = container.state else { return nil }
                return Key(task: held.spec.id, name: container.name)
            }
        }
    }

    mutating func perform(_ action: WorkerCore.RuntimeAction, _ now: Int64) -> WorkerCore.Event? {
        switch action {
        case .prepare(let spec):
            if tasks[spec.id] == nil {
                let states = spec.containers.map {
                    ($0.name, RecoveredContainer(name: $0.name, state: .prepared))
                }
                tasks[spec.id] = Held(
                    spec: spec, states: OrderedDictionary(uniqueKeysWithValues: states))
            }
            return .task(spec.id, .prepared)
        case .abandon: return nil
        case .start(let id, let name):
            let key = Key(task: id, name: name)
            starts[key, default: 0] += 1
            #expect(starts[key] == 1, "contract 3: \(id) \(name) was started twice")
            let start = ContainerStart(runtimeID: "1", startedAt: WallTime(milliseconds: now))
            tasks[id]?.states[name]?.state = .running(start)
            return .task(id, .started(container: name, start))
        case .restart(let id, let name, let number):
            let start = ContainerStart(
                runtimeID: "\(number + 1)", startedAt: WallTime(milliseconds: now))
            tasks[id]?.states[name]?.state = .running(start)
            return .task(id, .started(container: name, start))
        case .stop(let id, let name, _):
            let key = Key(task: id, name: name)
            stops[key, default: 0] += 1
            #expect(stops[key] == 1, "\(id) \(name) was told to stop twice")
            tasks[id]?.states[name]?.stopRequested = true
            return nil
        case .check(let id, let name, let number, _):
            return .task(id, .checked(container: name, number: number, passed: true))
        case .remove(let id):
            #expect(!running.contains { $0.task == id }, "\(id) was removed while it ran")
            tasks[id] = nil
            return .task(id, .removed)
        }
    }

    /// Does it while no agent is there to hear of it.
    mutating func performAlone(_ action: WorkerCore.RuntimeAction, _ now: Int64) {
        _ = perform(action, now)
        if case .stop(let id, let name, _) = action {
            exit(Key(task: id, name: name), code: 143, now)
        }
    }

    mutating func exit(_ key: Key, code: Int, _ now: Int64) {
        let end = ContainerEnd(code: code, finishedAt: WallTime(milliseconds: now))
        var start: ContainerStart?
        if case .running(let known)? = tasks[key.task]?.states[key.name]?.state { start = known }
        tasks[key.task]?.states[key.name]?.state = .exited(start, end)
    }

    func end(of key: Key, _ now: Int64) -> ContainerEnd {
        if case .exited(_, let end)? = tasks[key.task]?.states[key.name]?.state { return end }
        return ContainerEnd(code: nil, finishedAt: WallTime(milliseconds: now))
    }
}
