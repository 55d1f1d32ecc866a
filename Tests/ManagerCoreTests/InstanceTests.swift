import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("A container instance")
struct InstanceTests {
    @Test("that drains is left by its service tasks, not by standalone ones, and can come back")
    func drain() throws {
        let story = Story(workers: "a b")
        try story.define("job")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        let job = try story.run(
            "job", strategy: [.binpack(.cpu)]
        ).tasks[0]
        let worker = try #require(story.workers.first { $0.instance == job.instance }).name
        story.pass(.seconds(1))
        try story.drain(worker)
        story.pass(.seconds(10))
        let other = worker == "a" ? "b" : "a"
        #expect(try story.places("web") == "\(other) \(other)" && story.isSteady("web"))
        #expect(story.state.tasks[job.id]?.lastStatus == .running)
        #expect(try story.run("job", 5).tasks.allSatisfy { $0.instance != job.instance })
        try story.drain(worker, to: .active)
        #expect(try story.instance(worker).status == .active)
        try story.update("web", count: 3)
        story.pass(.seconds(5))
        #expect(try story.places("web").contains(worker))
    }

    @Test("that drains waits while the bounds forbid every move")
    func drainBlocked() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2, min: 100, max: 100)
        story.pass(.seconds(5))
        try story.drain("a")
        story.pass(.seconds(30))
        #expect(try story.places("web") == "a b")
        #expect(try story.events("web").count { $0.contains("deployment configuration") } == 1)
        try story.update("web", min: 50)
        story.pass(.seconds(10))
        #expect(try story.places("web") == "b b" && story.isSteady("web"))
    }

    @Test("PENDING tasks leave a draining instance at once")
    func drainPending() throws {
        let story = Story(workers: "a b")
        for worker in story.workers { worker.fate = { _ in .hangs } }
        try story.serve("web", 2)
        try story.drain("a")
        let gone = try story.tasks("web").filter { $0.desiredStatus == .stopped }
        #expect(gone.map(\.instance) == [story["a"].instance])
        #expect(try story.tasks("web").count { $0.instance == story["b"].instance } == 2)
    }

    @Test("unknown ones are named as missing")
    func missing() throws {
        let story = Story(workers: "a")
        let unknown = InstanceID(high: 1, low: 1)
        let a = try story.instance("a").id
        guard
            case .instances(let changed, let missing) = try story.apply(
                .updateContainerInstancesState(Story.cluster, [a, unknown], .draining))
        else { return }
        #expect(changed.map(\.status) == [.draining] && missing == [unknown])
        let reference = InstanceReference(cluster: Story.cluster, id: unknown)
        #expect(
            story.refusal(of: .deregisterContainerInstance(reference, force: true))
                == "InvalidParameterException: The referenced container instance was not found.")
    }

    @Test("with tasks is deregistered only by force; service tasks are replaced, others are not")
    func deregister() throws {
        let story = Story(workers: "a b")
        try story.define("job")
        try story.serve("web", 2)
        let jobs = try story.run("job", 10).tasks
        story.pass(.seconds(5))
        #expect(
            story.refusal(
                of: .deregisterContainerInstance(try story.reference("a"), force: false))
                == "InvalidParameterException: Found running tasks on the instance.")
        story["a"].returns = false
        try story.deregister("a", force: true)
        #expect(try story.instance("a").status == .inactive)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "b b")
        let ended = jobs.compactMap { story.state.tasks[$0.id] }.filter {
            $0.lastStatus == .stopped
        }
        #expect(
            ended.allSatisfy { $0.instance == story["a"].instance && $0.stopCode == .userInitiated }
        )
        #expect(
            ended.allSatisfy {
                $0.stoppedReason == "Container instance deregistration forced by user"
            })
        #expect(story.state.liveTasks(on: try story.instance("a").id).isEmpty)
    }

    @Test("that is deregistered while its agent is gone leaves no task behind")
    func deregisterSilent() throws {
        let story = Story(workers: "a b", settings: .init())
        try story.serve("web", 2)
        story.pass(.seconds(5))
        story["a"].freeze()
        story["a"].returns = false
        try story.deregister("a", force: true)
        story.pass(.seconds(4))
        #expect(story.state.liveTasks(on: try story.instance("a").id).isEmpty)
        #expect(try story.places("web") == "b b")
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("whose worker comes back after deregistration is a new one")
    func reregister() throws {
        let story = Story(workers: "a")
        let old = try story.instance("a").id
        story.pass(.seconds(2))
        try story.deregister("a")
        story.restartAgent(story["a"])
        story.pass(.milliseconds(100))
        #expect(try story.instance("a").id != old)
        #expect(story.state.instances[old]?.status == .inactive)
        story.pass(.seconds(3))
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("without an attribute that a task needs is passed over; losing it stops nothing")
    func attributes() throws {
        let story = Story()
        let ssd = Attribute(name: "disk", value: "ssd")
        story.join(ToyWorker("a", attributes: [ssd]))
        story.join(ToyWorker("b"))
        try story.define("web", attributes: [ssd])
        try story.serve("web", 2)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a")
        story["a"].attributes = []
        story.restartAgent(story["a"])
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a" && story.isSteady("web"))
        try story.update("web", count: 3)
        #expect(try story.events("web").last?.contains("is missing an attribute") == true)
        story["b"].attributes = [ssd]
        story.restartAgent(story["b"])
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a b")
    }

    @Test("takes at most one task of a fixed port, and of a group that wants distinct instances")
    func portsAndDistinct() throws {
        let story = Story(workers: "a b c")
        try story.define("web", cpu: 1, ports: [8_080])
        try story.serve("web", 4)
        try story.define("one", cpu: 1)
        try story.serve("one", 4, constraints: [.distinctInstance])
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b c")
        #expect(try story.places("one") == "a b c")
        #expect(try story.events("web").contains { $0.contains("already using a port") })
        #expect(try story.events("one").contains { $0.contains("already runs a task") })
    }

    @Test("in several zones gets its share")
    func zones() throws {
        let story = Story()
        for (name, zone) in [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")] {
            story.join(ToyWorker(name, zone: zone))
        }
        try story.define("web", cpu: 16)
        try story.serve("web", 6)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b c d d d")
        try story.update("web", count: 2)
        story.pass(.seconds(5))
        #expect(try story.places("web").hasSuffix(" d"))
    }
}
