import ManagerCore
import Model
import OrderedCollections
import Testing

/// A worker without containers: it holds what it is told to, pretends that tasks start and stop,
/// and checks that updates follow on each other.
final class ToyWorker {
    /// What becomes of a task that the worker starts.
    enum Fate {
        case runs
        /// It stays PENDING; the test reports on it.
        case hangs
        case failsToStart
        case ends(after: Duration, code: Int)
    }

    let name: String
    var resources: Resources
    var attributes: [Attribute]
    var cluster = "default"
    var agent: AgentID
    /// What its connection proves.
    var peer = Peer.unproven
    var fate: (TaskSpec) -> Fate = { _ in .runs }
    /// Whether it comes back by itself when its session is over.
    var returns = true
    private(set) var isFrozen = false
    private(set) var isDead = false

    var instance: InstanceID?
    private(set) var session: SessionID?
    private(set) var revision: UInt64?
    private(set) var tasks: OrderedDictionary<TaskID, TaskReport> = [:]
    private var specs: [TaskID: TaskSpec] = [:]
    /// Tasks that it was told to stop, or that a complete set did not name, each time.
    private(set) var stops: [TaskID] = []
    /// Where it was told to go, each time. It does not.
    private(set) var redirects: [Redirect] = []
    private var parts: [Assignment] = []
    private var waiting: [AssignmentUpdate] = []
    private var plans: [(at: Instant, report: TaskReport)] = []
    private var heardAt: Instant?

    init(
        _ name: String, cpu: Int = 4_096, memory: Int = 8_192, zone: String? = nil,
        attributes: [Attribute] = [], instance: InstanceID? = nil
    ) {
        self.name = name
        resources = Resources(cpu: cpu, memory: memory)
        self.attributes = attributes
        if let zone {
            self.attributes.append(Attribute(name: "ecs.availability-zone", value: zone))
        }
        self.instance = instance
        agent = AgentID(high: 7, low: name.utf8.reduce(0) { $0 &* 256 &+ UInt64($1) })
    }

    var registration: Registration {
        Registration(
            name: name, cluster: cluster, instance: instance, agent: agent, resources: resources,
            attributes: attributes, agentVersion: "1", inventory: Array(tasks.values))
    }

    // MARK: What happens to it

    func joined(_ registered: Registered) {
        instance = registered.instance
        session = registered.session
        revision = nil
        heardAt = nil
        waiting = []
    }

    func connectionBroke() {
        session = nil
        revision = nil
        parts = []
    }

    /// Nothing is sent or read until ``thaw()``; containers and sockets stay.
    func freeze() { isFrozen = true }

    func thaw() { isFrozen = false }

    /// The host loses power: agent and containers are gone.
    func die() {
        isDead = true
        tasks = [:]
        plans = []
        connectionBroke()
    }

    /// The host, or just the agent, starts again under the same identity.
    func startAgain() {
        isDead = false
        agent = AgentID(high: agent.high + 1, low: agent.low)
        connectionBroke()
    }

    // MARK: Messages

    func receive(_ update: AssignmentUpdate, in story: Story, _ location: SourceLocation) {
        // What came while it was frozen comes first.
        guard !isFrozen, waiting.isEmpty else { return waiting.append(update) }
        take(update, in: story, location)
    }

    private func take(_ update: AssignmentUpdate, in story: Story, _ location: SourceLocation) {
        switch update {
        case .redirect(let redirect): redirects.append(redirect)
        case .heartbeat, .exec, .logs, .unknown: return
        case .complete(let revision, let part, let more):
            parts += part
            self.revision = revision
            guard !more else { return }
            let named = Set(parts.map(\.spec.id))
            for id in tasks.keys where !named.contains(id) {
                stops.append(id)
                forget(id)
            }
            for assignment in parts { put(assignment, in: story, location) }
            parts = []
        case .changes(let base, let revision, let changes):
            #expect(base == self.revision, "changes follow on each other", sourceLocation: location)
            #expect(revision == base + 1, sourceLocation: location)
            self.revision = revision
            for change in changes {
                switch change {
                case .put(let assignment): put(assignment, in: story, location)
                case .forget(let id): forget(id)
                }
            }
        }
    }

    private func forget(_ id: TaskID) {
        tasks[id] = nil
        plans.removeAll { $0.report.task == id }
    }

    private func put(_ assignment: Assignment, in story: Story, _ location: SourceLocation) {
        let id = assignment.spec.id
        specs[id] = assignment.spec
        if assignment.desired == .stopped {
            if tasks[id]?.status == .stopped { return }
            stops.append(id)
            plans.removeAll { $0.report.task == id }
            if case .hangs = fate(assignment.spec), tasks[id] != nil { return }
            plan(report(id, .stopped, code: 143), after: .milliseconds(100), in: story)
        } else if tasks[id] == nil {
            #expect(story.started.insert(id).inserted, "a task ran twice", sourceLocation: location)
            tasks[id] = report(id, .pending)
            begin(id, fate(assignment.spec), in: story)
        }
    }

    private func begin(_ id: TaskID, _ fate: Fate, in story: Story) {
        switch fate {
        case .hangs: break
        case .runs: plan(report(id, .running), after: .milliseconds(100), in: story)
        case .failsToStart:
            var end = report(id, .stopped)
            end.stopCode = .taskFailedToStart
            end.reason = "Task failed to start"
            plan(end, after: .milliseconds(100), in: story)
        case .ends(let duration, let code):
            plan(report(id, .running), after: .milliseconds(100), in: story)
            var end = report(id, .stopped, code: code)
            end.stopCode = .essentialContainerExited
            end.reason = "Essential container in task exited"
            plan(end, after: .milliseconds(100) + duration, in: story)
        }
    }

    /// A report as it would send it, with every container in a fitting state.
    func report(_ id: TaskID, _ status: TaskStatus, code: Int? = nil) -> TaskReport {
        let container: ContainerStatus =
            status == .stopped ? .stopped : status >= .running ? .running : .pending
        return TaskReport(
            task: id, status: status,
            containers: (specs[id]?.containers ?? []).map {
                ContainerReport(name: $0.name, status: container, exitCode: code)
            })
    }

    private func plan(_ report: TaskReport, after delay: Duration, in story: Story) {
        plans.append((story.now + delay, report))
    }

    // MARK: Its own doing

    func act(in story: Story, _ location: SourceLocation) {
        guard !isFrozen, !isDead else { return }
        while session != nil, !waiting.isEmpty {
            take(waiting.removeFirst(), in: story, location)
        }
        if session == nil, returns {
            _ = try? story.register(self, location)
            if session != nil { try? story.open(self, location) }
        }
        beat(in: story)
        let due = plans.filter { $0.at <= story.now }.map(\.report)
        guard !due.isEmpty, session != nil else { return }
        for report in due { tasks[report.task] = report }
        plans.removeAll { $0.at <= story.now }
        do {
            try story.report(self, due, location)
        } catch {
            connectionBroke()
        }
    }

    private func beat(in story: Story) {
        let period = Duration.milliseconds(story.settings.heartbeat.period)
        guard let session, heardAt.map({ story.now - $0 >= period }) ?? true else { return }
        heardAt = story.now
        if !story.renew(session) { connectionBroke() }
    }
}
