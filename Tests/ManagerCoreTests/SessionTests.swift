import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import OrderedCollections
import Testing

@Suite("A worker's session")
struct SessionTests {
    func refusal(_ body: () throws(WorkerRefusal) -> Void) -> WorkerRefusal? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("The first worker brings the default cluster; any other must be there")
    func clusters() throws {
        let story = Story(workers: "a")
        #expect(story.state.cluster(Story.cluster)?.status == .active)
        let lost = ToyWorker("b")
        lost.cluster = "prod"
        let revision = story.state.revision
        let refused = refusal { () throws(WorkerRefusal) in _ = try story.register(lost) }
        #expect(refused?.code == .notFound)
        #expect(refused?.message.contains("aws ecs create-cluster --cluster-name prod") == true)
        #expect(story.state.revision == revision)
    }

    @Test("An agent that starts again is the same instance in a new epoch")
    func identity() throws {
        let story = Story(workers: "a b")
        let before = try story.instance("a")
        story.restartAgent(story["a"])
        story.pass(.milliseconds(100))
        let after = try story.instance("a")
        #expect(after.id == before.id && after.epoch == before.epoch + 1)
        #expect(story.state.instances.count == 2)
    }

    @Test("A registration that comes twice, or late, changes nothing")
    func repeatedRegistration() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(2))
        var first = story["a"].registration
        first.inventory = []
        first.attempt = 3
        var second = story["a"].registration
        second.attempt = 7
        _ = try story.call { .register($0, second) }
        let before = story.state.revision
        for attempt in [3, 7] as [UInt64] {
            first.attempt = attempt
            let refused = refusal { () throws(WorkerRefusal) in
                _ = try story.call { .register($0, first) }
            }
            #expect(refused?.code == .staleSession)
        }
        #expect(story.state.revision == before)
        // Another agent counts anew.
        first.attempt = 1
        first.agent = AgentID(high: 5, low: 5)
        let isOther = refusal { () throws(WorkerRefusal) in
            _ = try story.call { .register($0, first) }
        }
        #expect(isOther?.code != .staleSession)
    }

    @Test("Another worker can't take a connected worker's identity or name")
    func impostors() throws {
        let story = Story(workers: "a")
        let twin = ToyWorker("b", instance: story["a"].instance)
        let first = refusal { () throws(WorkerRefusal) in _ = try story.register(twin) }
        #expect(first?.code == .alreadyExists)
        #expect(first?.message.contains("data folder of its own") == true)
        let namesake = ToyWorker("a")
        namesake.agent = AgentID(high: 9, low: 9)
        let second = refusal { () throws(WorkerRefusal) in _ = try story.register(namesake) }
        #expect(second?.code == .alreadyExists)
        #expect(second?.message.contains("start this one with another --name") == true)
        #expect(story.state.instances.count == 1)
        #expect(try story.instance("a").epoch == 1)
        story["a"].returns = false
        story.restartAgent(story["a"])
        #expect(refusal { () throws(WorkerRefusal) in _ = try story.register(twin) } == nil)
    }

    @Test("Contract 4: A message of an earlier session is refused and changes nothing")
    func stale() throws {
        let story = Story(workers: "a")
        try story.serve("web", 1)
        story.pass(.seconds(1))
        let old = try #require(story["a"].session)
        story.restartAgent(story["a"])
        story.pass(.milliseconds(100))
        let task = try story.tasks("web")[0]
        let revision = story.state.revision
        for event in [
            { .report($0, old, [TaskReport(task: task.id, status: .stopped)]) },
            { .openAssignments($0, old) },
        ] as [(CallID) -> Event] {
            let refused = refusal { () throws(WorkerRefusal) in _ = try story.call(event) }
            #expect(refused?.code == .staleSession)
            #expect(refused?.message.contains("register again") == true)
        }
        story.send(.disconnected(old))
        #expect(!story.renew(old))
        #expect(story.state.revision == revision)
        story.pass(.seconds(10))
        #expect(story.state.tasks[task.id]?.lastStatus == .running)
    }

    @Test("An agent whose answer was lost registers again and is no second instance")
    func lostAnswer() throws {
        let story = Story(workers: "a")
        let id = story["a"].instance
        story["a"].instance = nil
        #expect(try story.register(story["a"]).instance == id)
        #expect(story.state.instances.count == 1)
    }

    @Test("What an agent found running is taken over with its registration")
    func inventory() throws {
        let story = Story(workers: "a")
        story["a"].fate = { _ in .hangs }
        try story.define("job")
        let task = try story.run("job").tasks[0]
        let worker = ToyWorker("a", instance: story["a"].instance)
        story["a"].returns = false
        story.restartAgent(story["a"])
        var registration = worker.registration
        registration.agent = AgentID(high: 9, low: 9)
        registration.inventory = [TaskReport(task: task.id, status: .running)]
        _ = try story.call { .register($0, registration) }
        #expect(story.state.tasks[task.id]?.lastStatus == .running)
        #expect(story.state.tasks[task.id]?.startedAt != nil)
    }

    @Test("Contract 3: A task that ran on a worker and that it no longer knows is not run again")
    func missing() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        try story.define("job")
        story.pass(.seconds(12))
        story.kill(story["a"])
        story["a"].startAgain()
        story.pass(.seconds(5))
        let lost = try story.tasks("web").filter { $0.lastStatus == .stopped }
        #expect(lost.count == 1)
        #expect(lost[0].stoppedReason?.hasSuffix("came back without this task") == true)
        #expect(try story.places("web").count == 3, "two tasks, the new one anywhere")
        #expect(try story.isSteady("web"))
    }

    @Test("A task that was on its way when the agent stopped is given to it again")
    func undelivered() throws {
        let story = Story(workers: "a")
        story["a"].freeze()
        try story.define("job")
        let task = try story.run("job").tasks[0]
        story["a"].thaw()
        story.restartAgent(story["a"])
        story.pass(.seconds(1))
        #expect(story.state.tasks[task.id]?.lastStatus == .running)
    }

    @Test("A worker told to stop a task that never began reports it STOPPED")
    func stopPending() throws {
        let story = Story(workers: "a")
        story["a"].freeze()
        try story.define("job")
        let task = try story.run("job").tasks[0]
        story.restartManager()
        try story.stop(task.id)
        #expect(story.state.tasks[task.id]?.lastStatus == .pending)
        story["a"].thaw()
        story.pass(.seconds(1))
        #expect(story.state.tasks[task.id]?.lastStatus == .stopped)
        #expect(story.started.isEmpty)
    }

    @Test("A stream that is opened again starts from the complete set, with revisions that go on")
    func reopened() throws {
        let story = Story(workers: "a")
        try story.serve("web", 2)
        #expect(story["a"].revision == 2)
        try story.open(story["a"])
        #expect(story["a"].revision == 3)
        try story.update("web", count: 3)
        #expect(story["a"].revision == 4)
        story.pass(.seconds(3))
        #expect(try story.places("web") == "a a a")
    }

    @Test("In one batch, nothing of an earlier stream comes before the complete set")
    func reopenedInABatch() throws {
        let story = Story(workers: "a")
        try story.define("web")
        let session = try #require(story["a"].session)
        var core = story.core
        var effects = EffectBuffer()
        let create = CreateService(
            service: Story.service("web"), taskDefinition: Story.definition("web"), desiredCount: 1)
        core.step(
            .command(story.nextCall(), .createService(create)), at: story.moment, into: &effects)
        #expect(effects.sends.count == 1)
        core.step(
            .openAssignments(story.nextCall(), session), at: story.moment, into: &effects)
        #expect(effects.sends.count == 1)
        guard case .complete(_, let tasks, more: false) = effects.sends[0].update else {
            Issue.record("not a complete set")
            return
        }
        #expect(tasks.count == 1)
    }

    @Test("A long list comes in parts of bounded size")
    func parts() throws {
        let story = Story(workers: "a")
        try story.define("web", cpu: 1, memory: 1)
        try story.serve("web", 100)
        story.pass(.seconds(5))
        #expect(story["a"].tasks.count == 100)
        story.restartAgent(story["a"])
        story.pass(.seconds(1))
        #expect(story["a"].tasks.count == 100 && story["a"].stops.isEmpty)
    }

    @Test("A DRAINING instance comes back DRAINING, with the resources it now has")
    func draining() throws {
        let story = Story(workers: "a")
        try story.drain("a")
        story["a"].resources = Resources(cpu: 100, memory: 100)
        story.restartAgent(story["a"])
        story.pass(.milliseconds(100))
        #expect(try story.instance("a").status == .draining)
        #expect(try story.instance("a").registered.cpu == 100)
    }

    @Test(
        "Nonsense in a registration is refused by name",
        arguments: [
            ("", Resources(), 0, "the worker's name must have 1 to 255 bytes"),
            (String(repeating: "x", count: 256), Resources(), 0, "name must have"),
            ("w", Resources(cpu: -1), 0, "each resource must be within"),
            ("w", Resources(memory: .max), 0, "each resource must be within"),
            ("w", Resources(tcpPorts: Array(0...200)), 0, "more than 200 reserved ports"),
            ("w", Resources(), 201, "more than 200 attributes"),
        ])
    func nonsense(name: String, resources: Resources, attributes: Int, text: String) {
        let story = Story()
        let worker = ToyWorker(name)
        worker.resources = resources
        worker.attributes = (0..<attributes).map { Attribute(name: "a\($0)") }
        let refused = refusal { () throws(WorkerRefusal) in _ = try story.register(worker) }
        #expect(refused?.code == .invalidArgument)
        #expect(refused?.message.contains(text) == true)
        #expect(story.state.revision == 0)
    }
}
