import Model
import TaskLifecycle
import Testing
import WorkerCore

@Suite("A worker ends and comes back")
struct ShutdownTests {
    @Test("Contract 6: an agent that ends leaves its containers running")
    func leaves() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.shutDown(stopTasks: false, within: .seconds(40)))
        story.expect(.disconnect(story.link))
        story.expect(.finished)
        #expect(story.wake == nil)
        story.when(.task(spec.id, story.exit(0)))
        story.expectNothing()
    }

    @Test("An agent that is to stop its tasks stops them, reports, and then ends")
    func stops() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.shutDown(stopTasks: true, within: .seconds(40)))
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        let stopping = try story.expectReport()
        story.change(.put(task(2).running), from: 1)
        story.expectNothing()
        story.when(.task(spec.id, story.exit(143)))
        story.when(.reportAnswered(stopping.call))
        let stopped = try story.expectReport()
        #expect(stopped.reports.first?.stopCode == .terminationNotice)
        #expect(stopped.reports.first?.reason == "The worker was shut down.")
        story.when(.reportAnswered(stopped.call))
        story.expect(.disconnect(story.link))
        story.expect(.finished)
        story.expectNothing()
    }

    @Test("The wait for tasks to stop has an end")
    func waitEnds() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        story.when(.shutDown(stopTasks: true, within: .milliseconds(50)))
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        story.when(.woke, after: 50)
        story.expectSaid(.warning, "have not ended")
        story.expect(.finished)
    }

    @Test("Contract 6: a new agent finds the tasks again, and nothing about them changes")
    func restart() throws {
        let spec = task(1)
        let start = ContainerStart(runtimeID: "77", startedAt: WallTime(milliseconds: 5))
        let story = WorkerStory()
        story.when(.started([spec.recovered(.running(start))]))
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, registration) = try story.expectRegister()
        #expect(registration.inventory.map(\.status) == [.running])
        #expect(registration.inventory.first?.containers.first?.runtimeID == "77")
        story.when(.registered(call, story.answer(session: 2)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
        story.when(.assignments(story.stream, .complete(revision: 1, [spec.running], more: false)))
        story.expectNothing()
    }

    @Test("A task that was prepared but not started waits for the manager's list")
    func prepared() throws {
        let spec = task(1)
        let story = WorkerStory()
        story.when(.started([spec.recovered(.prepared)]))
        story.expectConnect()
        try story.join(session: 1)
        story.expectNothing()
        story.when(.assignments(story.stream, .complete(revision: 1, [spec.running], more: false)))
        story.expectRun(.start(spec.id, container: "web"))
    }

    @Test("A recovered task that the list does not name is stopped once and removed")
    func orphan() throws {
        let spec = task(1)
        let start = ContainerStart(runtimeID: "77", startedAt: WallTime(milliseconds: 5))
        let story = try WorkerStory.registered([spec.recovered(.running(start))])
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        _ = try story.expectReport()
        story.when(.assignments(story.stream, .complete(revision: 1, [], more: false)))
        story.expectNothing()
        story.when(.task(spec.id, story.exit(143)))
        story.expectRun(.remove(spec.id))
        story.when(.task(spec.id, .removeFailed))
        story.when(.woke, after: 1_000)
        story.expectRun(.remove(spec.id))
        _ = try story.expectHeartbeat()
        story.when(.task(spec.id, .removed))
        #expect(story.core.reports.isEmpty)
    }

    @Test("Events before the start and after the end do nothing")
    func outside() throws {
        let story = WorkerStory()
        story.when(.shutDown(stopTasks: true, within: .seconds(1)))
        story.expect(.finished)
        story.when(.started([]))
        story.when(.woke)
        story.expectNothing()
    }
}
