import Model
import TaskLifecycle
import Testing

@Suite("A task starts")
struct StartingTests {
    @Test("A task is prepared, started, and RUNNING when its container has started")
    func oneContainer() {
        var story = TaskStory([container("web")])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "web")])
        #expect(story.task.status == .pending)
        story.when(.started(container: "web", TaskStory.start("web")))
        let report = story.task.report
        #expect(report.status == .running)
        #expect(report.pullStartedAt == WallTime(milliseconds: 1_001_000))
        #expect(report.pullStoppedAt == WallTime(milliseconds: 1_002_000))
        #expect(report.startedAt == WallTime(milliseconds: 1_000_500))
        #expect(story.container("web")?.runtimeID == "pid-web")
        #expect(story.container("web")?.networkBindings.first?.hostPort == 40_000)
    }

    @Test("Nothing starts before the manager confirmed the task")
    func unconfirmed() {
        var story = TaskStory([container("web")])
        story.when(.tick)
        story.when(.prepared)
        story.when(.started(container: "web", TaskStory.start("web")))
        #expect(story.task.status == .pending)
    }

    @Test("With several containers the task is RUNNING only when each has started")
    func severalContainers() {
        var story = TaskStory([container("web"), container("app")])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "web"), .start(container: "app")])
        story.when(.started(container: "app", TaskStory.start("app")))
        #expect(story.task.status == .pending)
        #expect(story.container("app")?.status == .running)
        story.when(.started(container: "web", TaskStory.start("web")))
        #expect(story.task.status == .running)
    }

    @Test("START waits for the dependency to have started, also when it already ended")
    func startCondition() {
        var story = TaskStory([
            container("web", needs: [("side", .start)]), container("side", essential: false),
        ])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "side")])
        story.when(.exited(container: "side", TaskStory.end(0)))
        story.when(
            .started(container: "side", TaskStory.start("side")), expect: [.start(container: "web")]
        )
        #expect(story.container("side")?.exitCode == 0)
        story.when(.started(container: "web", TaskStory.start("web")))
        #expect(story.task.status == .running)
    }

    @Test("COMPLETE takes any exit code, SUCCESS takes 0 only", arguments: [0, 3])
    func completeAndSuccess(code: Int) {
        var story = TaskStory([
            container("after", needs: [("any", .complete)]),
            container("any", essential: false),
        ])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "any")])
        story.when(.started(container: "any", TaskStory.start("any")))
        #expect(story.task.status == .pending)
        story.when(
            .exited(container: "any", TaskStory.end(code)), expect: [.start(container: "after")])
    }

    @Test("A SUCCESS dependency that exits with another code stops the task and says why")
    func successFails() {
        var story = TaskStory([
            container("web", needs: [("setup", .success)]), container("setup", essential: false),
            container("log", essential: false),
        ])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "setup"), .start(container: "log")])
        story.when(.started(container: "setup", TaskStory.start("setup")))
        story.when(.started(container: "log", TaskStory.start("log")))
        story.when(
            .exited(container: "setup", TaskStory.end(3)),
            expect: [.stop(container: "log", timeout: .seconds(30))])
        #expect(story.task.status == .stopping)
        story.when(.exited(container: "log", TaskStory.end(143)))
        let report = story.task.report
        #expect(report.status == .stopped)
        #expect(report.stopCode == .taskFailedToStart)
        #expect(report.reason == "Task failed to start")
        #expect(
            story.container("web")?.reason
                == "TaskDependencyError: container \"setup\" exited with code 3, not 0")
    }

    @Test("A dependency that does not end within its startTimeout stops the task")
    func startTimeout() {
        var story = TaskStory([
            container("web", needs: [("setup", .complete)]),
            container("setup", essential: false, startTimeout: 20),
        ])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "setup")])
        #expect(story.task.deadline == nil)
        story.when(.started(container: "setup", TaskStory.start("setup")))
        #expect(story.task.deadline == Instant(milliseconds: 23_000))
        story.when(.tick, after: 19)
        story.when(.tick, expect: [.stop(container: "setup", timeout: .seconds(30))])
        #expect(story.task.deadline == nil)
        story.when(.exited(container: "setup", TaskStory.end(143)))
        #expect(story.task.report.stopCode == .taskFailedToStart)
    }

    @Test(
        "A task whose dependencies can never be met fails instead of waiting for ever",
        arguments: [
            [container("a", needs: [("b", .start)]), container("b", needs: [("a", .start)])],
            [container("a", needs: [("missing", .start)])],
            [container("a", needs: [("b", .healthy)]), container("b")],
        ])
    func impossible(containers: [ContainerDefinition]) {
        var story = TaskStory(containers)
        story.when(.confirm)
        #expect(story.task.status == .stopped)
        #expect(story.task.report.stopCode == .taskFailedToStart)
        #expect(story.container("a")?.reason?.hasPrefix("TaskDependencyError: ") == true)
        story.when(.forget)
        #expect(story.task.isGone)
    }

    @Test("An error of the runtime stops the task and stands in the container's reason")
    func startFails() {
        var story = TaskStory([container("web"), container("app", stopTimeout: 5)])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "web"), .start(container: "app")])
        story.when(.started(container: "app", TaskStory.start("app")))
        story.when(
            .startFailed(container: "web", reason: "CannotStartContainerError: no such file"),
            expect: [.stop(container: "app", timeout: .seconds(5))])
        story.when(.exited(container: "app", TaskStory.end(143)))
        #expect(story.task.report.stopCode == .taskFailedToStart)
        #expect(story.task.report.reason == "Task failed to start")
        #expect(story.container("web")?.reason == "CannotStartContainerError: no such file")
        #expect(story.container("web")?.exitCode == nil)
        #expect(story.task.report.startedAt == nil)
    }

    @Test("What the task as a whole lacks is its own reason")
    func lacking() {
        var story = TaskStory([container("web")])
        story.when(.confirm, expect: [.prepare])
        let reason = "ResourceInitializationError: unable to pull secrets or registry auth: A: b."
        story.when(.prepareFailed(reason: reason))
        #expect(story.task.report.status == .stopped)
        #expect(story.task.report.stopCode == .taskFailedToStart)
        #expect(story.task.report.reason == reason)
    }

    @Test("A failed preparation stops the task at once")
    func prepareFails() {
        var story = TaskStory([container("web")])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepareFailed(reason: "CannotPullContainerError: no image map entry"))
        #expect(story.task.report.status == .stopped)
        #expect(story.task.report.stopCode == .taskFailedToStart)
        #expect(story.container("web")?.reason == "CannotPullContainerError: no image map entry")
        story.when(.forget, expect: [.remove])
    }

    @Test("A non-essential container that can't start does not stop the task")
    func nonEssentialStartFails() {
        var story = TaskStory([container("web"), container("side", essential: false)])
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "web"), .start(container: "side")])
        story.when(.startFailed(container: "side", reason: "CannotStartContainerError: x"))
        story.when(.started(container: "web", TaskStory.start("web")))
        #expect(story.task.status == .running)
        #expect(story.container("side")?.status == .stopped)
    }
}
