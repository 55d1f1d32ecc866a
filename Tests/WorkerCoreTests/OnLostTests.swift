import Model
import TaskLifecycle
import Testing
import WorkerCore

@Suite("Tasks with muster:on-lost=stop")
struct OnLostTests {
    let mortal: TaskSpec = {
        var spec = task(1)
        spec.onLost = .stop
        return spec
    }()

    /// Runs the task in a proven session. The manager says nothing more after the heartbeat whose
    /// time is given.
    func running(_ spec: TaskSpec) throws -> (story: WorkerStory, sentAt: Int64) {
        let story = try WorkerStory.registered(assignments: [spec.running])
        let sentAt = story.now
        story.expectRun(.prepare(spec))
        story.expect(.keep(until: Instant(milliseconds: sentAt + 4_000)))
        story.when(.task(spec.id, .prepared))
        for container in spec.containers where container.dependsOn.isEmpty {
            story.expectRun(.start(spec.id, container: container.name))
            story.when(.task(spec.id, .started(container: container.name, story.start)))
        }
        return (story, sentAt)
    }

    func acknowledged(_ story: WorkerStory) throws {
        story.when(.reportAnswered(try story.expectReport().call))
    }

    @Test("The worker stops them a second after the lease, counted from the last answered call")
    func stops() throws {
        let (story, sentAt) = try running(mortal)
        try acknowledged(story)
        story.when(.woke, after: sentAt + 3_999 - story.now)
        _ = try story.expectHeartbeat()
        story.expectNothing()
        story.when(.woke, after: 1)
        story.expectSaid(.warning, "the manager is lost")
        story.expectRun(.stop(mortal.id, container: "web", timeout: stopWeb))
        let report = try story.expectReport().reports[0]
        #expect(report.status == .stopping && report.stopCode == .terminationNotice)
        #expect(report.reason?.contains("muster:on-lost=stop") == true)
        #expect(report.reason?.contains("4000 ms") == true)
    }

    @Test("What counts is when an answered call was sent, however late its answer came")
    func lateAnswer() throws {
        let (story, _) = try running(mortal)
        try acknowledged(story)
        story.sleep()
        let beat = try story.expectHeartbeat()
        let sentAt = story.now
        story.when(.heartbeatAnswered(beat.call), after: 2_500)
        _ = try story.expectHeartbeat()
        story.expect(.keep(until: Instant(milliseconds: sentAt + 4_000)))
        story.when(.woke, after: sentAt + 3_999 - story.now)
        story.expectNothing()
        story.when(.woke, after: 1)
        story.expectSaid(.warning, "the manager is lost")
        story.expectRun(.stop(mortal.id, container: "web", timeout: stopWeb))
        _ = try story.expectReport()
    }

    @Test("A worker that was frozen stops them first of all, and others go on")
    func frozen() throws {
        let (story, _) = try running(mortal)
        try acknowledged(story)
        story.change(.put(task(2).running), from: 1)
        try story.run(task(2))
        story.sleep()
        let beat = try story.expectHeartbeat()
        story.when(.heartbeatAnswered(beat.call), after: 60_000)
        story.expectSaid(.warning, "the manager is lost")
        story.expectRun(.stop(mortal.id, container: "web", timeout: stopWeb))
        _ = try story.expectHeartbeat()
        _ = try story.expectReport()
        #expect(story.core.reports.map(\.status) == [.stopping, .running])
    }

    @Test("Containers stop in the order of their dependencies")
    func order() throws {
        var spec = task(1, containers: ["db", "web"])
        spec.onLost = .stop
        spec.containers[1].dependsOn = [ContainerDependency(container: "db", condition: .start)]
        let (story, sentAt) = try running(spec)
        story.expectRun(.start(spec.id, container: "web"))
        let report = try story.expectReport()
        story.when(.reportAnswered(report.call))
        story.when(.task(spec.id, .started(container: "web", story.start)))
        try acknowledged(story)
        story.when(.woke, after: sentAt + 4_000 - story.now)
        story.expectSaid(.warning, "the manager is lost")
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        _ = try story.expectHeartbeat()
        let stopping = try story.expectReport()
        story.when(.reportAnswered(stopping.call))
        story.when(.task(spec.id, story.exit(143)))
        story.expectRun(.stop(spec.id, container: "db", timeout: stopWeb))
        _ = try story.expectReport()
    }

    @Test("It tells of their end when it is back, and starts none of them again")
    func back() throws {
        let (story, sentAt) = try running(mortal)
        try acknowledged(story)
        story.when(.disconnected(story.link, reason: "cut"))
        story.expectSaid(.warning, "can't be reached")
        story.sleep()
        story.takeConnect()
        story.when(.woke, after: sentAt + 4_000 - story.now)
        story.expectSaid(.warning, "the manager is lost")
        story.expectRun(.stop(mortal.id, container: "web", timeout: stopWeb))
        story.when(.task(mortal.id, story.exit(143)))
        story.when(.connected(story.link))
        let (call, registration) = try story.expectRegister()
        #expect(registration.inventory.map(\.status) == [.stopped])
        #expect(registration.inventory[0].reason?.contains("muster:on-lost=stop") == true)
        story.when(.registered(call, story.answer(session: 2)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
    }

    @Test("Those that an earlier agent left are the runtime's to end until the worker is heard")
    func recovered() throws {
        let story = WorkerStory()
        story.when(.started([mortal.recovered(.running(story.start))]))
        story.expectConnect()
        story.when(.woke, after: 4_000)
        story.expectNothing()
        let sentAt = story.now
        story.when(.connected(story.link))
        let (call, _) = try story.expectRegister()
        story.when(.registered(call, story.answer(session: 1)), after: 300)
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
        story.expect(.keep(until: Instant(milliseconds: sentAt + 4_000)))
    }

    @Test("Who becomes another instance ends all that it held before it does anything as that")
    func anotherInstance() throws {
        let (story, _) = try running(mortal)
        try acknowledged(story)
        story.when(.disconnected(story.link, reason: "cut"))
        story.expectSaid(.warning, "can't be reached")
        story.sleep()
        story.takeConnect()
        story.when(.connected(story.link))
        let (call, _) = try story.expectRegister()
        let other = InstanceID(high: 8, low: 8)
        story.when(.registered(call, story.answer(session: 2, as: other)))
        story.expectRun(.stop(mortal.id, container: "web", timeout: stopWeb))
        story.expect(.saveIdentity(other))
    }

    @Test("The worker's own stop timeout counts up to ECS's, which the manager reckons with")
    func stopTimeout() throws {
        let story = try WorkerStory.registered(assignments: [mortal.running, task(2).running]) {
            $0.stopTimeout = 90
        }
        var own = mortal
        own.containers[0].stopTimeout = 30
        story.expectRun(.prepare(own))
        own = task(2)
        own.containers[0].stopTimeout = 90
        story.expectRun(.prepare(own))
        story.expect(.keep(until: Instant(milliseconds: story.now + 4_000)))
    }
}
