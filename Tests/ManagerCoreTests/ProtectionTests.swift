import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Task scale-in protection")
struct ProtectionTests {
    private static func protect(
        _ story: Story, _ tasks: [TaskID], minutes: Int? = 120
    ) throws -> (protections: [TaskProtection], failures: [String]) {
        let outcome = try story.apply(
            .updateTaskProtection(Story.cluster, tasks, minutes: minutes))
        guard case .protections(let protections, let failures) = outcome else {
            throw APIError(.server, "not protections")
        }
        return (protections, failures.map(\.reason))
    }

    private static let held =
        "was unable to reach steady state because task set (D) was unable to scale in. Reason: The "
        + "number of protected tasks are more than the desired count of tasks"

    @Test("a protected task outlives scale-in, until its time is up")
    func scaleIn() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 4)
        story.pass(.seconds(10))
        let tasks = try story.tasks("web").map(\.id)
        let kept = Array(tasks.prefix(3))
        let answer = try Self.protect(story, kept, minutes: 10)
        #expect(answer.protections.map(\.task) == kept)
        #expect(answer.failures.isEmpty)
        try story.update("web", count: 1)
        story.pass(.seconds(60))
        #expect(
            try Set(story.tasks("web").filter { $0.desiredStatus == .running }.map(\.id))
                == Set(kept))
        #expect(try story.events("web").last == Self.held)
        #expect(try story.service("web").desiredCount == 1)
        // Said once, however often the service is looked at.
        story.pass(.seconds(300))
        #expect(try story.events("web").count { $0 == Self.held } == 1)
        // More may not be protected while this lasts, but less.
        #expect(try Self.protect(story, [kept[0]]).failures == ["DEPLOYMENT_BLOCKED"])
        #expect(try Self.protect(story, [kept[2]], minutes: nil).failures.isEmpty)
        story.pass(.seconds(30))
        #expect(try story.places("web").count { $0 != " " } == 2)
        story.pass(.seconds(300))
        #expect(try story.isSteady("web"))
        #expect(try story.tasks("web").allSatisfy { $0.protectedUntil == nil })
    }

    @Test("a deployment leaves protected tasks as they are, and goes on when they are let go")
    func deployment() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(10))
        let task = try #require(try story.tasks("web").first?.id)
        _ = try Self.protect(story, [task])
        try story.define("web")
        try story.update("web", to: 2)
        story.pass(.seconds(60))
        #expect(story.state.tasks[task]?.desiredStatus == .running)
        #expect(try story.service("web").deployments.count == 2)
        #expect(try story.tasks("web").count { $0.desiredStatus == .running } == 3)
        #expect(try story.events("web").last == Self.held)
        let newer = try #require(
            try story.tasks("web").first { $0.desiredStatus == .running && $0.id != task }?.id)
        #expect(try Self.protect(story, [newer]).failures == ["DEPLOYMENT_BLOCKED"])
        _ = try Self.protect(story, [task], minutes: nil)
        story.pass(.seconds(30))
        #expect(try story.isSteady("web"))
    }

    @Test("it is no shield from StopTask, from a lost instance, nor from its own end")
    func others() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 3)
        story.pass(.seconds(10))
        let tasks = try story.tasks("web")
        _ = try Self.protect(story, tasks.map(\.id))
        try story.stop(tasks[0].id)
        let host = try #require(story.workers.first { $0.instance == tasks[1].instance })
        story.kill(host)
        story.pass(.seconds(20))
        #expect(story.takeWarnings() == ["worker lost"])
        #expect(story.state.tasks[tasks[0].id]?.lastStatus == .stopped)
        #expect(story.state.tasks[tasks[1].id]?.lastStatus == .stopped)
        #expect(story.state.tasks[tasks[2].id]?.lastStatus == .running)
        #expect(try story.isSteady("web"))
    }

    @Test("only running tasks of services have it")
    func failures() throws {
        let story = Story(workers: "a")
        try story.define("job")
        let job = try story.run("job").tasks[0].id
        try story.serve("web", 1)
        story.pass(.seconds(5))
        let task = try story.tasks("web")[0].id
        let unknown = TaskID(high: 9, low: 9)
        let answer = try Self.protect(story, [job, task, unknown])
        #expect(answer.failures == ["TASK_NOT_VALID", "MISSING"])
        #expect(answer.protections.map(\.task) == [task])
        try story.stop(task)
        #expect(try Self.protect(story, [task]).failures == ["TASK_NOT_VALID"])
        story.pass(.seconds(5))
    }

    @Test("a manager that starts again ends it in time")
    func restart() throws {
        let story = Story(workers: "a")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        let tasks = try story.tasks("web").map(\.id)
        _ = try Self.protect(story, tasks, minutes: 1)
        try story.update("web", count: 1)
        story.pass(.seconds(10))
        story.restartManager()
        for worker in story.workers { story.join(worker) }
        story.pass(.seconds(30))
        #expect(try story.tasks("web").count { $0.desiredStatus == .running } == 2)
        story.pass(.seconds(30))
        #expect(try story.tasks("web").count { $0.desiredStatus == .running } == 1)
        #expect(try story.isSteady("web"))
    }
}
