import Model
import TaskLifecycle
import Testing
import WorkerCore

@Suite("A worker reports")
struct ReportTests {
    @Test("Contract 6: tasks go on without a manager, and their ends are told when it is back")
    func disconnected() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        story.when(.task(spec.id, story.exit(3)), after: 10)
        story.expectNothing()
        #expect(!story.core.isReported)
        story.sleep()
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, registration) = try story.expectRegister()
        #expect(registration.inventory.map(\.status) == [.stopped])
        #expect(registration.inventory.first?.stopCode == .essentialContainerExited)
        #expect(registration.inventory.first?.containers.first?.exitCode == 3)
        story.when(.registered(call, story.answer(session: 2)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
        story.expectNothing()
        #expect(story.core.isReported)
    }

    @Test("Contract 6: what happens between a registration and its answer is not lost")
    func duringRegistration() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        try story.run(spec)
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        story.sleep()
        story.expectConnect()
        story.when(.connected(story.link))
        let (call, registration) = try story.expectRegister()
        #expect(registration.inventory.map(\.status) == [.running])
        story.when(.task(spec.id, story.exit(0)))
        story.when(.registered(call, story.answer(session: 2)))
        story.expectSaid(.info, "registered")
        story.expectOpen()
        _ = try story.expectHeartbeat()
        #expect(try story.expectReport().reports.map(\.status) == [.stopped])
    }

    @Test("One report is in flight; what happens meanwhile follows, the newest of each task")
    func newestOnly() throws {
        let (first, second) = (task(1), task(2))
        let story = try WorkerStory.registered(assignments: [first.running, second.running])
        story.expectRun(.prepare(first))
        story.expectRun(.prepare(second))
        for spec in [first, second] {
            story.when(.task(spec.id, .prepared))
            story.expectRun(.start(spec.id, container: "web"))
        }
        story.when(.task(first.id, .started(container: "web", story.start)))
        let inFlight = try story.expectReport()
        story.when(.task(second.id, .started(container: "web", story.start)))
        story.when(.task(first.id, story.exit(1)))
        story.when(.task(second.id, story.exit(2)))
        story.expectNothing()
        story.when(.reportAnswered(inFlight.call))
        let next = try story.expectReport()
        #expect(next.reports.map(\.status) == [.stopped, .stopped])
        story.when(.reportAnswered(next.call))
        story.expectNothing()
        #expect(story.core.isReported)
    }

    @Test("A report that was not acknowledged is sent again in the next session")
    func unacknowledged() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(assignments: [spec.running])
        story.expectRun(.prepare(spec))
        try story.prove()
        story.when(.task(spec.id, .prepareFailed(reason: "CannotPullContainerError: no")))
        let lost = try story.expectReport()
        #expect(lost.reports.first?.stopCode == .taskFailedToStart)
        story.when(.failed(lost.call, WorkerRefusal(.staleSession, "stale")))
        story.expectSaid(.warning, "stale")
        let (_, registration) = try story.expectRegister()
        #expect(registration.inventory == lost.reports)
        story.when(.reportAnswered(lost.call))
        #expect(!story.core.isReported, "an answer of an earlier session acknowledges nothing")
    }

    @Test("The report of a task that is already removed still reaches the manager")
    func removedButUnreported() throws {
        let spec = task(1)
        let story = try WorkerStory.registered(
            [
                spec.recovered(
                    .running(ContainerStart(runtimeID: "1", startedAt: .init(milliseconds: 1))))
            ])
        story.expectRun(.stop(spec.id, container: "web", timeout: stopWeb))
        let stopping = try story.expectReport()
        story.when(.task(spec.id, story.exit(0)))
        story.expectRun(.remove(spec.id))
        story.when(.task(spec.id, .removed))
        story.when(.disconnected(story.link, reason: "closed"))
        story.expectSaid(.warning, "can't be reached")
        story.sleep()
        story.expectConnect()
        story.when(.connected(story.link))
        let (_, registration) = try story.expectRegister()
        #expect(registration.inventory.map(\.task) == stopping.reports.map(\.task))
        #expect(registration.inventory.map(\.status) == [.stopped])
    }

    @Test("Contract 7: a batch has a bound; a refused one is halved until the bad report is alone")
    func batches() throws {
        let specs = (1...4).map { task($0) }
        let story = try WorkerStory.registered { $0.reportBatchMaximum = 4 }
        // Each is wanted STOPPED and unknown: four reports at once.
        let changes = specs.map { AssignmentChange.put($0.stopped) }
        story.when(.assignments(story.stream, .changes(appliesTo: 1, revision: 2, changes)))
        let invalid = WorkerRefusal(.invalidArgument, "bad report")
        for expected in [4, 2] {
            let batch = try story.expectReport()
            #expect(batch.reports.count == expected)
            story.when(.failed(batch.call, invalid))
            story.expectSaid(.warning, "trying a smaller one")
            story.sleep()
        }
        let alone = try story.expectReport()
        #expect(alone.reports.count == 1)
        story.when(.failed(alone.call, invalid))
        story.expectSaid(.error, "it is given up")
        story.sleep()
        let rest = try story.expectReport()
        #expect(rest.reports.map(\.task) == [specs[1].id])
        story.when(.reportAnswered(rest.call))
        #expect(try story.expectReport().reports.count == 2)
    }

    @Test("A manager that does not store a report in time is left and found again")
    func reportTimeout() throws {
        let story = try WorkerStory.registered(assignments: [task(1).stopped]) {
            $0.reportTimeout = .milliseconds(500)
        }
        _ = try story.expectReport()
        story.when(.woke, after: 500)
        story.expectSaid(.warning, "can't be reached")
        story.expect(.disconnect(story.link))
    }

    @Test("Contract 7: a full outbox drops its oldest report, counts it and says so")
    func fullOutbox() throws {
        let story = try WorkerStory.registered { $0.tasksMaximum = 1 }
        let changes = (1...3).map { AssignmentChange.put(task($0).stopped) }
        story.when(.assignments(story.stream, .changes(appliesTo: 1, revision: 2, changes)))
        story.expectSaid(.error, "outbox is full")
        #expect(try story.expectReport().reports.map(\.task) == [task(2).id, task(3).id])
    }

    @Test("A worker's own stop timeout stands in for a definition that has none")
    func ownStopTimeout() throws {
        var spec = task(1, containers: ["web", "app"])
        spec.containers[1].stopTimeout = 9
        let story = try WorkerStory.registered(assignments: [spec.running]) { $0.stopTimeout = 4 }
        spec.containers[0].stopTimeout = 4
        story.expectRun(.prepare(spec))
        story.when(.task(spec.id, .prepared))
        for name in ["web", "app"] { story.expectRun(.start(spec.id, container: name)) }
        story.when(.task(spec.id, .started(container: "web", story.start)))
        _ = try story.expectReport()
        story.when(.task(spec.id, .started(container: "app", story.start)))
        story.change(.forget(spec.id), from: 1)
        story.expectRun(.stop(spec.id, container: "web", timeout: .seconds(4)))
        story.expectRun(.stop(spec.id, container: "app", timeout: .seconds(9)))
    }
}
