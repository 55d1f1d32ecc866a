import Model
import TaskLifecycle
import Testing

@Suite("A task stops")
struct StoppingTests {
    @Test("An essential exit stops the others, and the task is STOPPED when all have ended")
    func essentialExit() {
        var story = TaskStory.running(
            [container("web"), container("app", stopTimeout: 7)], order: ["web", "app"])
        story.when(
            .exited(container: "web", TaskStory.end(3)),
            expect: [.stop(container: "app", timeout: .seconds(7))])
        #expect(story.task.status == .stopping)
        #expect(
            story.task.report.stopCode == .essentialContainerExited,
            "told as soon as it is known: a host that loses power now forgets it")
        story.when(.exited(container: "app", TaskStory.end(137)))
        let report = story.task.report
        #expect(report.status == .stopped)
        #expect(report.stopCode == .essentialContainerExited)
        #expect(report.reason == "Essential container in task exited")
        #expect(report.containers.map(\.exitCode) == [3, 137])
        #expect(report.executionStoppedAt == WallTime(milliseconds: 1_009_000))
        #expect(report.stoppedAt == WallTime(milliseconds: 1_009_000))
    }

    @Test("A non-essential exit never stops the task")
    func nonEssentialExit() {
        var story = TaskStory.running(
            [container("web"), container("side", essential: false)], order: ["web", "side"])
        story.when(.exited(container: "side", TaskStory.end(1)))
        #expect(story.task.status == .running)
        #expect(story.container("side")?.exitCode == 1)
    }

    @Test("Containers stop in the reverse order of their dependencies")
    func stopOrder() {
        var story = TaskStory.running(
            [
                container("db"), container("app", needs: [("db", .start)], stopTimeout: 5),
                container("web", needs: [("app", .start)]),
            ], order: ["db", "app", "web"])
        story.when(.stop(nil), expect: [.stop(container: "web", timeout: .seconds(30))])
        story.when(
            .exited(container: "web", TaskStory.end(0)),
            expect: [.stop(container: "app", timeout: .seconds(5))])
        story.when(
            .exited(container: "app", TaskStory.end(0)),
            expect: [.stop(container: "db", timeout: .seconds(30))])
        story.when(.exited(container: "db", TaskStory.end(0)))
        #expect(story.task.status == .stopped)
        #expect(story.task.report.stopCode == nil, "the manager knows why it asked")
    }

    @Test("A stop while starting waits for the answer, then stops what came to run")
    func stopWhileStarting() {
        var story = TaskStory([container("web"), container("app", needs: [("web", .start)])])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "web")])
        story.when(.stop(nil))
        #expect(story.task.status == .stopping)
        #expect(story.container("app")?.status == .stopped)
        story.when(
            .started(container: "web", TaskStory.start("web")),
            expect: [.stop(container: "web", timeout: .seconds(30))])
        #expect(story.task.report.startedAt == nil, "it was never RUNNING")
        story.when(.exited(container: "web", TaskStory.end(143)))
        #expect(story.task.status == .stopped)
    }

    @Test(
        "A stop while preparing is STOPPED at once, lets go of it, and is removed after its answer")
    func stopWhilePreparing() {
        var story = TaskStory([container("web")])
        story.when(.confirm, expect: [.prepare])
        story.when(.stop(nil), expect: [.abandon])
        #expect(story.task.status == .stopped)
        story.when(.stop(nil))
        story.when(.forget)
        story.when(.prepared, expect: [.remove])
        #expect(!story.task.isGone)
        story.when(.removed)
        #expect(story.task.isGone)
    }

    @Test("An exit told before the answer to start counts after it")
    func exitOvertakesStart() {
        var story = TaskStory([container("job")])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "job")])
        story.when(.exited(container: "job", TaskStory.end(0)))
        #expect(story.task.status == .pending)
        story.when(.started(container: "job", TaskStory.start("job")))
        let report = story.task.report
        #expect(report.status == .stopped)
        #expect(report.startedAt != nil, "it did run")
        #expect(report.containers.first?.exitCode == 0)
        #expect(report.containers.first?.runtimeID == "pid-job")
    }

    @Test("Contract 2: repeated, late and misplaced inputs change nothing")
    func duplicates() {
        var story = TaskStory.running([container("web")], order: ["web"])
        story.when(.confirm)
        story.when(.prepared)
        story.when(.started(container: "web", TaskStory.start("again")))
        story.when(.startFailed(container: "web", reason: "late"))
        story.when(.prepareFailed(reason: "late"))
        story.when(.exited(container: "nobody", TaskStory.end(1)))
        story.when(.removed)
        #expect(story.task.status == .running)
        #expect(story.container("web")?.runtimeID == "pid-web")
        story.when(.exited(container: "web", TaskStory.end(3)))
        let stopped = story.task.report
        story.when(.exited(container: "web", TaskStory.end(4)))
        story.when(.stop(StopCause(code: .terminationNotice, reason: "late")))
        story.when(.confirm)
        story.when(.prepared)
        #expect(story.task.report == stopped)
    }

    @Test("The first cause stands: an exit during a stop that was asked for has none of its own")
    func firstCause() {
        var story = TaskStory.running([container("web"), container("app")], order: ["web", "app"])
        let cause = StopCause(code: .terminationNotice, reason: "The worker was shut down.")
        story.when(
            .stop(cause),
            expect: [
                .stop(container: "web", timeout: .seconds(30)),
                .stop(container: "app", timeout: .seconds(30)),
            ])
        story.when(.exited(container: "web", TaskStory.end(1)))
        story.when(.exited(container: "app", TaskStory.end(1)))
        #expect(story.task.report.stopCode == .terminationNotice)
        #expect(story.task.report.reason == "The worker was shut down.")
    }

    @Test("A stop or a removal that failed is tried again, ever more slowly")
    func retries() {
        var story = TaskStory.running([container("web")], order: ["web"])
        let stop = TaskAction.stop(container: "web", timeout: .seconds(30))
        story.when(.forget, expect: [stop])
        story.when(.stopFailed(container: "web"))
        story.when(.tick, expect: [stop])
        story.when(.stopFailed(container: "web"))
        story.when(.tick)
        story.when(.tick, expect: [stop])
        story.when(.exited(container: "web", TaskStory.end(143)), expect: [.remove])
        #expect(story.task.deadline == nil)
        story.when(.removeFailed)
        #expect(story.task.deadline != nil)
        story.when(.tick, expect: [.remove])
        story.when(.removed)
        #expect(story.task.isGone)
        #expect(story.task.deadline == nil)
    }
}
