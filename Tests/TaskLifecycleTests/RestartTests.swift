import Model
import TaskLifecycle
import Testing

/// ECS semantics, section 6.6.
@Suite("A container with a restart policy starts again in its place")
struct RestartTests {
    private func restarting(
        _ name: String, essential: Bool = true, period: Int = 60, ignored: [Int] = [],
        needs: [(String, ContainerDependency.Condition)] = []
    ) -> ContainerDefinition {
        var definition = container(name, essential: essential, needs: needs)
        definition.restartPolicy = RestartPolicy(ignoredExitCodes: ignored, attemptPeriod: period)
        return definition
    }

    /// How a container ended that was started when a story's containers are, and ran so long.
    private func end(_ code: Int?, ran seconds: Int64) -> ContainerEnd {
        ContainerEnd(code: code, finishedAt: WallTime(milliseconds: 1_000_500 + seconds * 1_000))
    }

    private func again(_ seconds: Int64) -> ContainerStart {
        ContainerStart(
            runtimeID: "pid-again", startedAt: WallTime(milliseconds: 1_000_500 + seconds * 1_000))
    }

    @Test(
        "6.6: it does when it ran for its period and its code is not ignored",
        arguments: [
            (60, 0, [], true), (60, 1, [], true), (61, nil, [], true), (59, 1, [], false),
            (0, 0, [], false), (600, 3, [3], false), (600, 3, [1, 2], true),
            (600, nil, [0], true),
        ] as [(Int64, Int?, [Int], Bool)])
    func rule(ran: Int64, code: Int?, ignored: [Int], restarts: Bool) {
        var story = TaskStory.running([restarting("web", ignored: ignored)], order: ["web"])
        story.when(
            .exited(container: "web", end(code, ran: ran)), after: ran,
            expect: restarts ? [.restart(container: "web", number: 1)] : [])
        #expect(story.task.status == (restarts ? .running : .stopped))
        let report = story.container("web")
        #expect(report?.status == (restarts ? .running : .stopped))
        #expect(report?.exitCode == (restarts ? nil : code))
        #expect(report?.restarts == (restarts ? 1 : nil))
    }

    @Test("6.6: each run has to last for the period, and each restart counts")
    func several() {
        var story = TaskStory.running([restarting("web")], order: ["web"])
        story.when(
            .exited(container: "web", end(1, ran: 100)), after: 100,
            expect: [.restart(container: "web", number: 1)])
        story.when(.started(container: "web", again(101)))
        #expect(story.container("web")?.runtimeID == "pid-again")
        story.when(
            .exited(container: "web", end(1, ran: 201)), after: 100,
            expect: [.restart(container: "web", number: 2)])
        story.when(.started(container: "web", again(202)))
        story.when(.exited(container: "web", end(7, ran: 230)), after: 28)
        #expect(story.task.report.stopCode == .essentialContainerExited)
        #expect(story.container("web")?.exitCode == 7 && story.container("web")?.restarts == 2)
    }

    @Test("A jump of the civil clock restarts nothing that did not run for its period")
    func clockJump() {
        var story = TaskStory.running([restarting("web")], order: ["web"])
        story.when(.exited(container: "web", end(1, ran: 9_000)), after: 20)
        #expect(story.task.status == .stopped)
        var late = TaskStory.running([restarting("web")], order: ["web"])
        // The agent stood still; the container ended long before it heard of it.
        late.when(.exited(container: "web", end(1, ran: 20)), after: 500)
        #expect(late.task.status == .stopped)
    }

    @Test("What depends on it sees neither the end nor the start")
    func dependents() {
        var story = TaskStory.running(
            [restarting("db", essential: false), container("web", needs: [("db", .start)])],
            order: ["db", "web"])
        story.when(
            .exited(container: "db", end(1, ran: 90)), after: 90,
            expect: [.restart(container: "db", number: 1)])
        story.when(.stop(nil), expect: [.stop(container: "web", timeout: .seconds(30))])
        story.when(.exited(container: "web", end(0, ran: 92)))
        // It comes up while the task stops, and is stopped in its turn.
        story.when(
            .started(container: "db", again(93)),
            expect: [.stop(container: "db", timeout: .seconds(30))])
        story.when(.exited(container: "db", end(143, ran: 94)))
        #expect(story.task.status == .stopped)
    }

    @Test("It is not started again when it or its task is to stop")
    func stopping() {
        var story = TaskStory.running([restarting("web")], order: ["web"])
        story.when(
            .stop(nil), after: 100, expect: [.stop(container: "web", timeout: .seconds(30))])
        story.when(.exited(container: "web", end(143, ran: 101)))
        #expect(story.task.status == .stopped)
    }

    @Test("One that can't be started again has ended as it did")
    func failure() {
        var story = TaskStory.running([restarting("web")], order: ["web"])
        story.when(
            .exited(container: "web", end(5, ran: 100)), after: 100,
            expect: [.restart(container: "web", number: 1)])
        story.when(.startFailed(container: "web", reason: "CannotStartContainerError: no room"))
        let report = story.task.report
        #expect(report.status == .stopped && report.stopCode == .essentialContainerExited)
        #expect(report.containers.first?.exitCode == 5)
        #expect(report.executionStoppedAt == end(5, ran: 100).finishedAt)
    }

    @Test("Contract 6: an end that no agent saw is followed by a restart, when the task may run")
    func recovered() {
        let found = RecoveredContainer(
            name: "web", state: .exited(TaskStory.start("web"), end(1, ran: 100)), restarts: 2)
        var story = TaskStory(recovering: [restarting("web")], [found])
        story.when(.tick)
        #expect(story.task.status == .running && story.container("web")?.restarts == 3)
        story.when(.confirm, expect: [.restart(container: "web", number: 3)])
        story.when(.started(container: "web", again(101)))
        #expect(story.task.status == .running)
    }

    @Test("Contract 6: a restart that an agent's death cut short goes on")
    func recoveredHalfway() {
        let found = RecoveredContainer(name: "web", state: .prepared, restarts: 1)
        var story = TaskStory(recovering: [restarting("web")], [found])
        story.when(.tick)
        #expect(story.container("web")?.status == .running)
        story.when(.confirm, expect: [.restart(container: "web", number: 1)])
    }

    @Test("Contract 6: time that it ran under earlier agents counts")
    func recoveredRunning() {
        let started = ContainerStart(
            runtimeID: "1", startedAt: WallTime(milliseconds: 1_000_000 - 50_000))
        var story = TaskStory(
            recovering: [restarting("web")],
            [RecoveredContainer(name: "web", state: .running(started))])
        story.when(.confirm)
        let end = ContainerEnd(code: 1, finishedAt: WallTime(milliseconds: 1_011_000))
        story.when(
            .exited(container: "web", end), after: 10,
            expect: [.restart(container: "web", number: 1)])
    }
}
