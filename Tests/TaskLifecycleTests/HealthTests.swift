import Model
import TaskLifecycle
import Testing

/// ECS semantics, section 8.1 and the HEALTHY of 6.5.
@Suite("A container's health check")
struct HealthTests {
    static let check = HealthCheck(command: ["CMD", "ok"], interval: 10, timeout: 5, retries: 3)

    private func checked(
        _ name: String = "web", _ check: HealthCheck = check, essential: Bool = true,
        startTimeout: Int? = nil, needs: [(String, ContainerDependency.Condition)] = []
    ) -> ContainerDefinition {
        var definition = container(
            name, essential: essential, needs: needs, startTimeout: startTimeout)
        definition.healthCheck = check
        return definition
    }

    /// What a row of checks makes of a container: `p` passes and `f` fails, each begun when it is
    /// due and ended within the same second.
    private func healths(_ results: String, _ check: HealthCheck) -> String {
        var story = TaskStory.running([checked("web", check)], order: ["web"])
        var seen = ""
        for (number, result) in results.enumerated() {
            story.when(
                .tick, after: Int64(check.interval),
                expect: [.check(container: "web", number: number + 1, check)])
            story.when(
                .checked(container: "web", number: number + 1, passed: result == "p"), after: 0)
            switch story.container("web")?.health {
            case .healthy: seen += "H"
            case .unhealthy: seen += "U"
            default: seen += "-"
            }
        }
        return seen
    }

    @Test(
        "8.1: one pass makes HEALTHY, `retries` failures in a row UNHEALTHY",
        arguments: [
            ("p", 3, 0, "H"), ("f", 3, 0, "-"), ("fff", 3, 0, "--U"), ("f", 1, 0, "U"),
            ("ffpfffp", 3, 0, "--HHHUH"), ("pffpff", 3, 0, "HHHHHH"), ("fffffp", 3, 0, "--UUUH"),
            ("fffpfff", 2, 0, "-UUHHUU"),
            // Failures begun within startPeriod don't count, until the first pass.
            ("fffff", 2, 30, "---UU"), ("pff", 2, 300, "HHU"),
            ("ffpf", 1, 300, "--HU"), ("ff", 1, 10, "UU"), ("fff", 1, 15, "-UU"),
        ])
    func results(results: String, retries: Int, startPeriod: Int, expected: String) {
        let check = HealthCheck(
            command: ["CMD", "ok"], interval: 10, retries: retries, startPeriod: startPeriod)
        #expect(healths(results, check) == expected)
    }

    @Test("8.1: it is begun an interval after the start, and after the end of the one before")
    func times() {
        var story = TaskStory.running([checked()], order: ["web"])
        #expect(story.task.deadline == Instant(milliseconds: 10_000))
        story.when(.tick, after: 9)
        story.when(.tick, after: 1, expect: [.check(container: "web", number: 1, Self.check)])
        #expect(story.task.deadline == nil, "one at a time")
        story.when(.tick, after: 100)
        story.when(.checked(container: "web", number: 1, passed: true), after: 3)
        #expect(story.task.deadline == Instant(milliseconds: 123_000))
    }

    @Test("8.1: one that its container's end cut short is no failure")
    func cutShort() {
        let check = HealthCheck(command: ["CMD", "ok"], interval: 10, retries: 1)
        var story = TaskStory.running([checked("web", check)], order: ["web"])
        story.when(.tick, after: 10, expect: [.check(container: "web", number: 1, check)])
        story.when(.checked(container: "web", number: 1, passed: nil))
        #expect(story.container("web")?.health == .unknown)
        story.when(.tick, after: 10, expect: [.check(container: "web", number: 2, check)])
    }

    @Test("8.1: without a check, or with NONE, health stays UNKNOWN and nothing is run")
    func none() {
        for check in [nil, HealthCheck(command: ["NONE"]), HealthCheck(command: [])] {
            var definition = container("web")
            definition.healthCheck = check
            var story = TaskStory.running([definition], order: ["web"])
            story.when(.tick, after: 1_000)
            story.when(.checked(container: "web", number: 1, passed: true))
            #expect(story.container("web")?.health == .unknown && story.task.deadline == nil)
        }
    }

    @Test("An answer to no check that is under way changes nothing")
    func late() {
        var story = TaskStory.running([checked()], order: ["web"])
        story.when(.tick, after: 10, expect: [.check(container: "web", number: 1, Self.check)])
        story.when(.checked(container: "web", number: 2, passed: true))
        story.when(.checked(container: "other", number: 1, passed: true))
        #expect(story.container("web")?.health == .unknown)
        story.when(.checked(container: "web", number: 1, passed: true))
        story.when(.checked(container: "web", number: 1, passed: false))
        #expect(story.container("web")?.health == .healthy)
    }

    @Test("One that starts again in its place starts over; checks of its earlier run say nothing")
    func restarted() {
        var definition = checked()
        definition.restartPolicy = RestartPolicy(attemptPeriod: 0)
        var story = TaskStory.running([definition], order: ["web"])
        story.when(.tick, after: 10, expect: [.check(container: "web", number: 1, Self.check)])
        story.when(.checked(container: "web", number: 1, passed: true), after: 0)
        let number = story.task.report.healthNumber
        story.when(.tick, after: 10, expect: [.check(container: "web", number: 2, Self.check)])
        story.when(
            .exited(container: "web", TaskStory.end(1)),
            expect: [.restart(container: "web", number: 1)])
        #expect(story.container("web")?.health == .unknown)
        story.when(.started(container: "web", TaskStory.start("web")))
        story.when(.checked(container: "web", number: 2, passed: true))
        #expect(story.container("web")?.health == .unknown)
        #expect(story.task.report.healthNumber > number)
        story.when(.tick, after: 9, expect: [.check(container: "web", number: 3, Self.check)])
    }

    @Test("One that ended, or whose task is to stop, is not checked any more")
    func ended() {
        var story = TaskStory.running(
            [checked("web", essential: false), checked("app")], order: ["web", "app"])
        story.when(.exited(container: "web", TaskStory.end(0)))
        story.when(.tick, after: 9, expect: [.check(container: "app", number: 1, Self.check)])
        story.when(.stop(nil), expect: [.stop(container: "app", timeout: .seconds(30))])
        story.when(.checked(container: "app", number: 1, passed: true))
        story.when(.tick, after: 100)
        #expect(story.container("app")?.health == .unknown)
        #expect(story.task.deadline == nil)
    }

    @Test("Contract 6: a recovered container is checked at once, whoever may start anything")
    func recovered() {
        let found = RecoveredContainer(name: "web", state: .running(TaskStory.start("web")))
        var story = TaskStory(recovering: [checked()], [found])
        story.when(.tick, after: 0, expect: [.check(container: "web", number: 1, Self.check)])
        story.when(.checked(container: "web", number: 1, passed: true))
        #expect(story.container("web")?.health == .healthy)
    }

    @Test("6.5: HEALTHY waits for it, through UNHEALTHY too, and no longer for what it met once")
    func dependency() {
        var story = TaskStory([
            checked("db", HealthCheck(command: ["CMD", "ok"], interval: 10, retries: 1)),
            container("web", needs: [("db", .healthy)]),
        ])
        let check = HealthCheck(command: ["CMD", "ok"], interval: 10, retries: 1)
        story.when(.confirm, expect: [.prepare])
        story.when(.prepared, expect: [.start(container: "db")])
        story.when(.started(container: "db", TaskStory.start("db")))
        story.when(.tick, after: 10, expect: [.check(container: "db", number: 1, check)])
        story.when(.checked(container: "db", number: 1, passed: false))
        #expect(story.container("db")?.health == .unhealthy && story.task.status == .pending)
        story.when(.tick, after: 10, expect: [.check(container: "db", number: 2, check)])
        story.when(
            .checked(container: "db", number: 2, passed: true), expect: [.start(container: "web")])
        story.when(.started(container: "web", TaskStory.start("web")))
        story.when(.tick, after: 10, expect: [.check(container: "db", number: 3, check)])
        story.when(.checked(container: "db", number: 3, passed: false))
        #expect(story.task.status == .running, "it is looked at before the start alone")
    }

    @Test("6.5: one that is not HEALTHY within its startTimeout, or ends before, stops the task")
    func dependencyFails() {
        func waiting() -> TaskStory {
            var story = TaskStory([
                checked("db", essential: false, startTimeout: 25),
                container("web", needs: [("db", .healthy)]),
            ])
            story.when(.confirm, after: 0, expect: [.prepare])
            story.when(.prepared, after: 0, expect: [.start(container: "db")])
            story.when(.started(container: "db", TaskStory.start("db")), after: 0)
            story.when(
                .tick, after: 10, expect: [.check(container: "db", number: 1, Self.check)])
            story.when(.checked(container: "db", number: 1, passed: false), after: 1)
            return story
        }
        var slow = waiting()
        #expect(slow.task.deadline == Instant(milliseconds: 21_000))
        slow.when(.tick, after: 10, expect: [.check(container: "db", number: 2, Self.check)])
        #expect(slow.task.deadline == Instant(milliseconds: 25_000))
        slow.when(.tick, after: 4, expect: [.stop(container: "db", timeout: .seconds(30))])
        #expect(
            slow.container("web")?.reason
                == "TaskDependencyError: container \"db\" did not become HEALTHY within its "
                + "startTimeout of 25 s")
        var short = waiting()
        short.when(.exited(container: "db", TaskStory.end(0)))
        #expect(
            short.container("web")?.reason
                == "TaskDependencyError: container \"db\" ended before it was HEALTHY")
        #expect(short.task.report.stopCode == .taskFailedToStart)
    }

    @Test("6.5: a dependency that was HEALTHY in time has no deadline left")
    func dependencyMet() {
        var story = TaskStory([
            checked("db", startTimeout: 25),
            container("init", essential: false),
            container("web", needs: [("db", .healthy), ("init", .complete)]),
        ])
        story.when(.confirm, after: 0, expect: [.prepare])
        story.when(
            .prepared, after: 0, expect: [.start(container: "db"), .start(container: "init")])
        story.when(.started(container: "db", TaskStory.start("db")), after: 0)
        story.when(.started(container: "init", TaskStory.start("init")), after: 0)
        story.when(.tick, after: 10, expect: [.check(container: "db", number: 1, Self.check)])
        story.when(.checked(container: "db", number: 1, passed: true), after: 0)
        #expect(story.task.deadline == Instant(milliseconds: 20_000), "the next check")
    }

    @Test("6.5: HEALTHY of a container without a check can never be met")
    func noCheck() {
        var story = TaskStory([
            container("db"), container("web", needs: [("db", .healthy)]),
        ])
        story.when(.confirm)
        #expect(
            story.container("web")?.reason
                == "TaskDependencyError: container \"web\" waits for \"db\" to be HEALTHY, which "
                + "has no health check" || story.task.report.stopCode == .taskFailedToStart)
    }
}
