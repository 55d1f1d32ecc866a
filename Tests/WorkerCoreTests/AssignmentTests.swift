import Model
import TaskLifecycle
import Testing
import WorkerCore

@Suite("A worker follows the manager's list")
struct AssignmentTests {
    @Test("An assigned task is prepared, started and reported")
    func runs() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.expectNothing()
    }

    @Test("A change starts a task; a repeated one changes nothing")
    func changes() throws {
        let spec = task(1)
        let story = try WorkerStory.registered()
        story.change(.put(spec.running), from: 1)
        try story.run(spec)
        story.change(.put(spec.running), from: 1)
        story.expectNothing()
    }

    @Test("Changes that do not follow on what the worker has make it open the stream anew")
    func gap() throws {
        let story = try WorkerStory.registered()
        story.when(
            .assignments(story.stream, .changes(appliesTo: 2, revision: 3, [.put(task(1).running)]))
        )
        story.expectSaid(.warning, "opening it again")
        let earlier = story.stream
        story.when(.assignments(earlier, .changes(appliesTo: 1, revision: 2, [])))
        story.sleep()
        story.expectOpen()
        story.when(.assignments(earlier, .complete(revision: 5, [task(1).running], more: false)))
        story.expectNothing()
        story.when(
            .assignments(story.stream, .complete(revision: 1, [task(1).running], more: false)))
        story.expectRun(.prepare(task(1)))
    }

    @Test("Changes before the complete set are refused")
    func changesFirst() throws {
        let story = WorkerStory()
        story.when(.started([]))
        story.expectConnect()
        try story.join(session: 1)
        story.change(.put(task(1).running), from: 0)
        story.expectSaid(.warning, "opening it again")
    }

    @Test(
        "A command is answered in the session it was asked for in, and not on a stream that is over"
    )
    func command() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        let request = ExecRequest(
            id: ExecID(high: 4, low: 2),
            order: ExecOrder(task: spec.id, container: "main", command: ["true"]))
        story.when(.assignments(story.stream, .exec(request)))
        story.expect(.exec(request, on: story.link, story.answer(session: 1).session))
        let logs = LogRequest(id: LogID(high: 4, low: 3), order: LogOrder(task: spec.id))
        story.when(.assignments(story.stream, .logs(logs)))
        story.expect(.logs(logs, on: story.link, story.answer(session: 1).session))
        story.when(.assignments(CallID(number: 999), .exec(request)))
        story.expectNothing()
    }

    @Test("A complete set in parts is taken over when its last part came")
    func parts() throws {
        let (kept, gone, new) = (task(1), task(2), task(3))
        let story = try WorkerStory.registered(assignments: [kept.running])
        try story.run(kept)
        story.change(.put(gone.running), from: 1)
        try story.run(gone)
        story.when(.failed(story.stream, WorkerRefusal(.unavailable, "the stream ended")))
        story.expectSaid(.warning, "opening it again")
        story.sleep()
        story.expectOpen()
        story.when(.assignments(story.stream, .complete(revision: 8, [kept.running], more: true)))
        story.expectNothing()
        story.when(.assignments(story.stream, .complete(revision: 8, [new.running], more: false)))
        story.expectRun(.stop(gone.id, container: "web", timeout: stopWeb))
        story.expectRun(.prepare(new))
        _ = try story.expectReport()
        story.now = 1_990
        story.when(.woke)
        #expect(try story.expectHeartbeat().heartbeat.acknowledged == 8)
    }

    @Test("Parts of two sets are not mixed, and a set has a bound")
    func badParts() throws {
        let story = try WorkerStory.registered { $0.tasksMaximum = 1 }
        story.when(.assignments(story.stream, .complete(revision: 2, [], more: true)))
        story.when(.assignments(story.stream, .complete(revision: 3, [], more: false)))
        story.expectSaid(.warning, "opening it again")
        story.sleep()
        story.expectOpen()
        let tooMany = (1...3).map { task($0).running }
        story.when(.assignments(story.stream, .complete(revision: 4, tooMany, more: false)))
        story.expectSaid(.warning, "opening it again")
        #expect(story.core.reports.isEmpty)
    }

    @Test("A task that is to stop is stopped once, reported, and removed when the manager knows")
    func stopsAndForgets() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.change(.put(spec.stopped), from: 1)
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        let stopping = try story.expectReport()
        #expect(stopping.reports.map(\.status) == [.stopping])
        story.change(.put(spec.stopped), from: 2)
        story.when(.task(spec.id, story.exit(143)))
        story.expectNothing()
        story.when(.reportAnswered(stopping.call))
        let stopped = try story.expectReport()
        #expect(stopped.reports.map(\.status) == [.stopped])
        #expect(stopped.reports.first?.containers.first?.exitCode == 143)
        story.when(.reportAnswered(stopped.call))
        story.change(.forget(spec.id), from: 3)
        story.expectRun(.remove(spec.id))
        story.when(.task(spec.id, .removed))
        story.expectNothing()
        #expect(story.core.reports.isEmpty)
    }

    @Test("Contract 3: a task that was removed is never started again")
    func neverTwice() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.change(.forget(spec.id), from: 1)
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        // Named again while it stops, and again once it is gone: it stays stopped.
        story.change(.put(spec.running), from: 2)
        let stopping = try story.expectReport()
        story.when(.reportAnswered(stopping.call))
        story.when(.task(spec.id, story.exit(143)))
        story.expectRun(.remove(spec.id))
        story.when(.reportAnswered(try story.expectReport().call))
        story.when(.task(spec.id, .removed))
        story.change(.put(spec.running), from: 3)
        let refused = try story.expectReport()
        #expect(refused.reports.map(\.status) == [.stopped])
        #expect(refused.reports.first?.reason == "The task ended on this worker before.")
        story.expectNothing()
    }

    @Test(
        "Contract 3: a recovered task that ended is reported, not started, when the list names it")
    func recoveredEnd() throws {
        let spec = task(1)
        let end = ContainerEnd(code: 0, finishedAt: WallTime(milliseconds: 5))
        let story = WorkerStory()
        story.when(.started([spec.recovered(.exited(story.start, end))]))
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, registration) = try story.expectRegister()
        #expect(registration.inventory.map(\.status) == [.stopped])
        #expect(registration.inventory.first?.containers.first?.exitCode == 0)
        story.when(.registered(call, story.answer(session: 1)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
        #expect(story.core.isReported, "the registration carried it")
        story.when(.assignments(story.stream, .complete(revision: 1, [spec.running], more: false)))
        story.expectNothing()
        story.change(.forget(spec.id), from: 1)
        story.expectRun(.remove(spec.id))
    }

    @Test("A task wanted STOPPED that was never here is reported STOPPED, so that it can be closed")
    func unknownStopped() throws {
        let story = try WorkerStory.registered(assignments: [task(1).stopped])
        let report = try story.expectReport()
        #expect(report.reports.map(\.status) == [.stopped])
        #expect(report.reports.first?.reason == "The task never ran on this worker.")
        story.change(.forget(task(1).id), from: 1)
        story.expectNothing()
    }

    @Test("Contract 7: a task over the worker's bound is refused and reported so")
    func bound() throws {
        let story = try WorkerStory.registered(assignments: [task(1).running]) {
            $0.tasksMaximum = 1
        }
        story.expectRun(.prepare(task(1)))
        story.change(.put(task(2).running), from: 1)
        let report = try story.expectReport()
        #expect(report.reports.first?.task == task(2).id)
        #expect(report.reports.first?.stopCode == .taskFailedToStart)
        story.expectNothing()
    }

    @Test("A list that comes while the task still starts neither repeats nor loses the start")
    func listWhileStarting() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        story.expectRun(.prepare(spec))
        story.when(.failed(story.stream, WorkerRefusal(.unavailable, "ended")))
        story.expectSaid(.warning, "opening it again")
        story.sleep()
        story.expectOpen()
        story.when(.assignments(story.stream, .complete(revision: 1, [spec.running], more: false)))
        story.when(.task(spec.id, .prepared))
        story.expectRun(.start(spec.id, container: "web"))
        story.when(.assignments(story.stream, .complete(revision: 2, [spec.running], more: false)))
        story.expectNothing()
    }

    @Test("A dependency's startTimeout wakes the core and stops the task")
    func startTimeout() throws {
        var spec = task(1, containers: ["setup", "web"])
        spec.containers[0].essential = false
        spec.containers[0].startTimeout = 2
        spec.containers[1].dependsOn = [
            ContainerDependency(container: "setup", condition: .success)
        ]
        let story = try WorkerStory.registered(assignments: [spec.running])
        story.expectRun(.prepare(spec))
        story.when(.task(spec.id, .prepared))
        story.expectRun(.start(spec.id, container: "setup"))
        story.when(.task(spec.id, .started(container: "setup", story.start)))
        story.when(.reportAnswered(try story.expectReport().call))
        story.sleep()
        story.when(.heartbeatAnswered(try story.expectHeartbeat().call))
        story.when(.woke, after: 2_000)
        story.expectRun(.stop(spec.id, container: "setup", timeout: stopWeb))
        _ = try story.expectHeartbeat()
        _ = try story.expectReport()
        story.expectNothing()
    }
}
