import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Health of tasks (ECS semantics, sections 8.1-8.3, 14.1)")
struct HealthTests {
    static let unhealthy = "Task failed container health checks"

    /// A cluster whose family `web` has a health check.
    private func story(workers: String = "a b") throws -> Story {
        let story = Story(workers: workers)
        try define(story)
        return story
    }

    private func define(_ story: Story) throws {
        let container = ContainerDefinition(
            name: "app", image: "image", cpu: 256, memory: 128,
            healthCheck: HealthCheck(command: ["CMD", "ok"]))
        let sidecar = ContainerDefinition(
            name: "side", image: "image", essential: false,
            healthCheck: HealthCheck(command: ["CMD", "ok"]))
        let plain = ContainerDefinition(name: "plain", image: "image")
        try story.apply(
            .registerTaskDefinition(
                RegisterTaskDefinition(
                    region: "us-east-1", family: "web", containers: [container, sidecar, plain])))
    }

    /// The worker of a task reports its health.
    private func report(
        _ health: HealthStatus, of task: TaskID, number: UInt32, side: HealthStatus = .unknown,
        restarts: Int? = nil, to story: Story
    ) throws {
        let worker = try #require(
            story.workers.first { $0.instance == story.state.tasks[task]?.instance })
        var report = worker.report(task, .running)
        report.containers[0].health = health
        report.containers[0].restarts = restarts
        report.containers[1].health = side
        report.healthNumber = number
        try story.report(worker, [report])
    }

    private func live(_ story: Story) throws -> [TaskID] {
        try story.tasks("web").filter {
            $0.desiredStatus == .running && $0.lastStatus == .running
        }.map(\.id)
    }

    private func allHealthy(_ story: Story, number: UInt32 = 1) throws {
        for id in try live(story) where story.state.tasks[id]?.health == .unknown {
            try report(.healthy, of: id, number: number, to: story)
        }
    }

    @Test(
        "8.1: a task is as its essential containers with checks are",
        arguments: [
            (HealthStatus.unknown, HealthStatus.unhealthy, HealthStatus.unknown),
            (.healthy, .unhealthy, .healthy), (.unhealthy, .healthy, .unhealthy),
            (.healthy, .unknown, .healthy),
        ])
    func task(app: HealthStatus, side: HealthStatus, expected: HealthStatus) throws {
        let story = try story()
        let id = try #require(try story.run("web").tasks.first).id
        story.pass(.seconds(1))
        try report(app, of: id, number: 1, side: side, to: story)
        let task = try #require(story.state.tasks[id])
        #expect(task.health == expected)
        #expect(task.containers.map(\.health) == [app, side, .unknown])
    }

    @Test("8.1: a standalone task is left alone, however it is")
    func standalone() throws {
        let story = try story()
        let id = try #require(try story.run("web").tasks.first).id
        story.pass(.seconds(1))
        try report(.unhealthy, of: id, number: 1, to: story)
        story.pass(.seconds(60))
        #expect(story.state.tasks[id]?.lastStatus == .running)
        #expect(story.state.tasks[id]?.health == .unhealthy)
    }

    @Test("8.3: a deployment completes when its tasks are HEALTHY, and not before")
    func completion() throws {
        let story = try story()
        try story.serve("web", 2)
        story.pass(.seconds(60))
        #expect(try story.deployments("web") == "1 IN_PROGRESS")
        let tasks = try live(story)
        try report(.healthy, of: tasks[0], number: 1, to: story)
        #expect(try story.deployments("web") == "1 IN_PROGRESS")
        try report(.healthy, of: tasks[1], number: 1, to: story)
        #expect(try story.deployments("web") == "1 COMPLETED")
        #expect(try story.isSteady("web"))
    }

    @Test("8.3: an old task does not go for a new one that is not HEALTHY yet")
    func rollout() throws {
        let story = try story()
        try story.serve("web", 1)
        story.pass(.seconds(1))
        try allHealthy(story)
        try define(story)
        try story.update("web", to: 2)
        story.pass(.seconds(60))
        #expect(try story.running("web") == "1x1 2x1")
        try allHealthy(story)
        story.pass(.seconds(1))
        #expect(try story.running("web") == "2x1")
        #expect(try story.deployments("web") == "2 COMPLETED")
    }

    @Test("8.2: an unhealthy task goes when its replacement is HEALTHY, with ECS's words")
    func startFirst() throws {
        let story = try story()
        try story.serve("web", 2)
        story.pass(.seconds(1))
        try allHealthy(story)
        let sick = try live(story)[0]
        try report(.unhealthy, of: sick, number: 2, to: story)
        story.pass(.seconds(5))
        #expect(try live(story).count == 3 && live(story).contains(sick))
        try allHealthy(story)
        story.pass(.seconds(1))
        let task = try #require(story.state.tasks[sick])
        #expect(task.lastStatus == .stopped && task.stoppedReason == Self.unhealthy)
        #expect(task.stopCode == .serviceSchedulerInitiated)
        #expect(
            try story.events("web").suffix(4) == [
                "has started 1 tasks: (task T).", "(task T) failed container health checks.",
                "has stopped 1 running tasks: (task T).", "has reached a steady state.",
            ])
        #expect(try story.isSteady("web") && story.deployments("web") == "1 COMPLETED")
    }

    @Test("8.2: one that becomes HEALTHY again while its replacement comes up stays")
    func recovers() throws {
        let story = try story()
        try story.serve("web", 1)
        story.pass(.seconds(1))
        try allHealthy(story)
        let first = try live(story)[0]
        try report(.unhealthy, of: first, number: 2, to: story)
        try report(.healthy, of: first, number: 3, to: story)
        story.pass(.seconds(2))
        #expect(try live(story) == [first])
        #expect(try story.isSteady("web"))
    }

    @Test("8.2: without room it goes first, and its replacement comes after it")
    func stopFirst() throws {
        let story = try story()
        try story.serve("web", 2, max: 100)
        story.pass(.seconds(1))
        try allHealthy(story)
        let sick = try live(story)[1]
        try report(.unhealthy, of: sick, number: 2, to: story)
        #expect(story.state.tasks[sick]?.stoppedReason == Self.unhealthy)
        story.pass(.seconds(1))
        #expect(try live(story).count == 2 && !live(story).contains(sick))
    }

    @Test("8.3: health counts only after the grace period, also over a restart of the manager")
    func grace() throws {
        for restarts in [false, true] {
            let story = try story()
            var request = CreateService(
                service: Story.service("web"), taskDefinition: Story.definition("web"),
                desiredCount: 1)
            request.healthCheckGracePeriod = 60
            try story.apply(.createService(request))
            story.pass(.seconds(1))
            let sick = try live(story)[0]
            try report(.unhealthy, of: sick, number: 1, to: story)
            if restarts { story.restartManager() }
            story.pass(.seconds(50))
            #expect(try live(story) == [sick])
            story.pass(.seconds(15))
            #expect(try live(story).count == 2, "its replacement is there")
        }
    }

    @Test("14.1: unhealthy tasks of a deployment count until it is rolled back")
    func rollback() throws {
        let story = try story()
        try story.serve("web", 1, breaker: CircuitBreakerSettings(enable: true, rollback: true))
        story.pass(.seconds(5))
        try allHealthy(story)
        try define(story)
        try story.update("web", to: 2)
        for number in 1...3 {
            story.pass(.seconds(15))
            let newest = try story.tasks("web").filter {
                $0.definition.revision == 2 && $0.lastStatus == .running
            }
            #expect(newest.count == 1, "attempt \(number)")
            for task in newest { try report(.unhealthy, of: task.id, number: 1, to: story) }
        }
        story.pass(.seconds(5))
        #expect(try story.deployments("web") == "1 COMPLETED")
        #expect(try story.records("web") == "1 SUCCESSFUL, 2 ROLLBACK_SUCCESSFUL")
        #expect(try story.running("web") == "1x1")
        let ended = try story.tasks("web").filter { $0.definition.revision == 2 }
        #expect(ended.count == 3 && ended.allSatisfy { $0.stoppedReason == Self.unhealthy })
    }

    @Test("Of two reports of a session the newer health stands, whichever comes last")
    func order() throws {
        let story = try story()
        let id = try #require(try story.run("web").tasks.first).id
        story.pass(.seconds(1))
        try report(.unhealthy, of: id, number: 5, to: story)
        try report(.healthy, of: id, number: 4, to: story)
        #expect(story.state.tasks[id]?.health == .unhealthy)
        try report(.healthy, of: id, number: 6, to: story)
        #expect(story.state.tasks[id]?.health == .healthy)
    }

    @Test("What a new agent does not know yet stays as it was last heard, but for another run")
    func agentRestarts() throws {
        let story = try story()
        let id = try #require(try story.run("web").tasks.first).id
        story.pass(.seconds(1))
        try report(.healthy, of: id, number: 7, to: story)
        let worker = try #require(
            story.workers.first { $0.instance == story.state.tasks[id]?.instance })
        story.restartAgent(worker)
        story.pass(.seconds(3))
        #expect(story.state.tasks[id]?.health == .healthy)
        try report(.unhealthy, of: id, number: 1, to: story)
        #expect(story.state.tasks[id]?.health == .unhealthy, "its numbers begin anew")
        try report(.unknown, of: id, number: 2, restarts: 1, to: story)
        #expect(story.state.tasks[id]?.health == .unknown)
    }

    @Test("12.3: an unhealthy task of a DAEMON service is replaced on its instance")
    func daemon() throws {
        let story = try story()
        try story.serveEverywhere("web")
        story.pass(.seconds(1))
        try allHealthy(story)
        let sick = try live(story)[0]
        let instance = try #require(story.state.tasks[sick]?.instance)
        try report(.unhealthy, of: sick, number: 2, to: story)
        story.pass(.seconds(1))
        #expect(story.state.tasks[sick]?.stoppedReason == Self.unhealthy)
        let there = try live(story).filter { story.state.tasks[$0]?.instance == instance }
        #expect(there.count == 1 && there != [sick])
    }

    @Test("A service that wants none stops its unhealthy tasks as all others")
    func scaledIn() throws {
        let story = try story()
        try story.serve("web", 1)
        story.pass(.seconds(1))
        let sick = try live(story)[0]
        try story.update("web", count: 0)
        #expect(
            story.state.tasks[sick]?.stoppedReason?.hasPrefix("Scaling activity initiated") == true)
    }
}
