import Model
import TaskLifecycle
import Testing

@Suite("A task that an earlier agent left behind")
struct RecoveryTests {
    let started = TaskStory.start("web")

    @Test("Contract 6: a running task goes on and is reported as it is")
    func running() {
        var story = TaskStory(
            recovering: [container("web")],
            [RecoveredContainer(name: "web", state: .running(started))])
        story.when(.tick)
        let report = story.task.report
        #expect(report.status == .running)
        #expect(report.startedAt == started.startedAt)
        #expect(report.containers.first?.networkBindings == started.networkBindings)
        story.when(.confirm)
        #expect(story.task.report == report)
    }

    @Test(
        "Contract 6: an end that nobody saw is reported with its exit code, and the rest is stopped"
    )
    func endedMeanwhile() {
        var story = TaskStory(
            recovering: [container("web"), container("app")],
            [
                RecoveredContainer(name: "web", state: .exited(started, TaskStory.end(3))),
                RecoveredContainer(name: "app", state: .running(started)),
            ])
        story.when(.tick, expect: [.stop(container: "app", timeout: .seconds(30))])
        #expect(story.task.status == .stopping)
        story.when(.exited(container: "app", TaskStory.end(143)))
        let report = story.task.report
        #expect(report.stopCode == .essentialContainerExited)
        #expect(report.containers.map(\.exitCode) == [3, 143])
        #expect(report.startedAt == started.startedAt)
    }

    @Test("Contract 3: a task that ended is not started again, even when the manager lists it")
    func endedForGood() {
        var story = TaskStory(
            recovering: [container("job")],
            [RecoveredContainer(name: "job", state: .exited(started, TaskStory.end(0)))])
        story.when(.tick)
        #expect(story.task.status == .stopped)
        #expect(story.task.report.stoppedAt == TaskStory.end(0).finishedAt)
        story.when(.confirm)
        #expect(story.task.status == .stopped)
        story.when(.forget, expect: [.remove])
    }

    @Test("A task that was only prepared starts once the manager confirms it")
    func prepared() {
        var story = TaskStory(
            recovering: [container("web")], [RecoveredContainer(name: "web", state: .prepared)])
        story.when(.tick)
        #expect(story.task.status == .pending)
        story.when(.confirm, expect: [.start(container: "web")])
    }

    @Test("A task caught between two starts goes on with the second once confirmed")
    func halfStarted() {
        var story = TaskStory(
            recovering: [container("db"), container("web", needs: [("db", .start)])],
            [
                RecoveredContainer(name: "db", state: .running(started)),
                RecoveredContainer(name: "web", state: .prepared),
            ])
        story.when(.tick)
        #expect(story.task.status == .pending)
        story.when(.confirm, expect: [.start(container: "web")])
    }

    @Test("A stop that was under way goes on, in order, and nobody is told twice")
    func stopping() {
        var story = TaskStory(
            recovering: [container("db"), container("web", needs: [("db", .start)])],
            [
                RecoveredContainer(name: "db", state: .running(started)),
                RecoveredContainer(name: "web", state: .running(started), stopRequested: true),
            ])
        story.when(.tick)
        #expect(story.task.status == .stopping)
        #expect(story.task.report.startedAt == started.startedAt)
        story.when(
            .exited(container: "web", TaskStory.end(143)),
            expect: [.stop(container: "db", timeout: .seconds(30))])
        story.when(.exited(container: "db", TaskStory.end(143)))
        #expect(story.task.report.stopCode == nil)
    }

    @Test("An exit code that nobody can know stays unknown")
    func powerLoss() {
        let lost = ContainerEnd(
            code: nil, reason: "the host restarted", finishedAt: WallTime(milliseconds: 5))
        var story = TaskStory(
            recovering: [container("web")],
            [RecoveredContainer(name: "web", state: .exited(started, lost))])
        story.when(.tick)
        #expect(story.task.status == .stopped)
        #expect(story.container("web")?.exitCode == nil)
        #expect(story.container("web")?.reason == "the host restarted")
    }

    @Test("A recovered task that the manager does not name is stopped and removed")
    func orphan() {
        var story = TaskStory(
            recovering: [container("web")],
            [RecoveredContainer(name: "web", state: .running(started))])
        story.when(.forget, expect: [.stop(container: "web", timeout: .seconds(30))])
        story.when(.exited(container: "web", TaskStory.end(143)), expect: [.remove])
        story.when(.removed)
        #expect(story.task.isGone)
    }
}
