import ClusterState
import ManagerCore
import Model
import Testing

/// ECS semantics, section 16.3.
@Suite("A service with the EXTERNAL deployment controller")
struct TaskSetTests {
    private func story(_ count: Int, workers: String = "a b c") throws -> Story {
        let story = Story(workers: workers)
        try story.define("web")
        try story.define("web")
        try story.apply(
            .createService(
                CreateService(
                    service: Story.service("web"), taskDefinition: nil, controller: .external,
                    desiredCount: count)))
        return story
    }

    @discardableResult
    private func add(
        _ scale: Double, _ revision: Int = 1, to story: Story, token: String? = nil
    ) throws -> DeploymentID {
        let outcome = try story.apply(
            .createTaskSet(
                CreateTaskSet(
                    service: Story.service("web"),
                    taskDefinition: Story.definition("web", revision), scale: scale,
                    clientToken: token)))
        guard case .taskSet(let set, _) = outcome else {
            Issue.record("no task set: \(outcome)")
            return DeploymentID(number: 0)
        }
        return set.id
    }

    private func live(_ story: Story, _ set: DeploymentID) throws -> Int {
        try story.tasks("web").count { $0.deployment == set && $0.lastStatus == .running }
    }

    @Test(
        "16.3: a task set has its percentage of the desired count, rounded up",
        arguments: [
            (10, 100, 10), (10, 0, 0), (10, 25, 3), (3, 50, 2), (10, 30, 3), (7, 0.1, 1),
            (1_000, 0.1, 1), (1_000, 33.3, 333), (0, 100, 0),
        ] as [(Int, Double, Int)])
    func share(desired: Int, scale: Double, count: Int) {
        let set = TaskSet(
            id: DeploymentID(number: 1),
            taskDefinition: TaskDefinitionKey(region: "r", family: "f", revision: 1), scale: scale,
            createdAt: WallTime(milliseconds: 0))
        #expect(set.desiredCount(of: desired) == count)
    }

    @Test("16.3: without a task set it runs nothing; each runs its share of its own revision")
    func shares() throws {
        let story = try story(4)
        story.pass(.seconds(5))
        #expect(try story.tasks("web").isEmpty && story.service("web").deployments.isEmpty)
        let blue = try add(100, to: story)
        #expect(try story.service("web").taskSets.map(\.isSteady) == [false])
        story.pass(.seconds(5))
        #expect(try live(story, blue) == 4)
        #expect(try story.service("web").taskSets.map(\.isSteady) == [true])
        let green = try add(25, 2, to: story)
        story.pass(.seconds(5))
        #expect(try live(story, blue) == 4 && live(story, green) == 1)
        let task = try #require(try story.tasks("web").first { $0.deployment == green })
        #expect(task.definition.revision == 2 && task.startedBy == "\(green)")
        _ = try story.apply(.updateTaskSet(Story.service("web"), blue, scale: 50))
        _ = try story.apply(.updateTaskSet(Story.service("web"), green, scale: 100))
        story.pass(.seconds(10))
        #expect(try live(story, blue) == 2 && live(story, green) == 4)
        try story.update("web", count: 2)
        story.pass(.seconds(10))
        #expect(try live(story, blue) == 1 && live(story, green) == 2)
    }

    @Test("16.3: a task that ends is replaced in its own set, and a drained host's tasks move")
    func replaces() throws {
        let story = try story(2, workers: "a b")
        let set = try add(100, to: story)
        story.pass(.seconds(15))
        try story.report(try story.tasks("web")[0].id, .stopped, code: 1)
        story.pass(.seconds(15))
        #expect(try live(story, set) == 2)
        try story.drain("a")
        story.pass(.seconds(15))
        #expect(try story.places("web") == "b b" && live(story, set) == 2)
    }

    @Test("Tasks that fail at once slow its launches down, like those of any service")
    func throttled() throws {
        let story = try story(1, workers: "a")
        try add(100, to: story)
        for _ in 0..<40 {
            let tasks = try story.tasks("web").filter { $0.lastStatus < .stopped }
            for task in tasks { try story.report(task.id, .stopped, code: 1) }
            story.pass(.milliseconds(500))
        }
        #expect(try story.tasks("web").count < 15)
    }

    @Test("16.3: one set at most is PRIMARY")
    func primary() throws {
        let story = try story(1)
        let blue = try add(100, to: story)
        let green = try add(0, 2, to: story)
        for id in [blue, green] {
            _ = try story.apply(.updateServicePrimaryTaskSet(Story.service("web"), id))
            #expect(try story.service("web").taskSets.filter(\.isPrimary).map(\.id) == [id])
        }
    }

    @Test("16.3: a deleted set goes with its last task; one above 0 asks for force")
    func deletion() throws {
        let story = try story(2)
        let set = try add(100, to: story)
        story.pass(.seconds(5))
        #expect(
            story.refusal(of: .deleteTaskSet(Story.service("web"), set, force: false))
                .contains("cannot be deleted while it is scaled above 0"))
        _ = try story.apply(.deleteTaskSet(Story.service("web"), set, force: true))
        #expect(try story.service("web").taskSets.map(\.isDraining) == [true])
        story.pass(.seconds(10))
        #expect(try story.service("web").taskSets.isEmpty && story.places("web") == "")
        #expect(
            story.refusal(of: .updateTaskSet(Story.service("web"), set, scale: 1))
                .contains("TaskSetNotFoundException"))
    }

    @Test("A deleted service stops the tasks of all its sets and is gone with the last")
    func deletedService() throws {
        let story = try story(2)
        try add(100, to: story)
        try add(50, 2, to: story)
        story.pass(.seconds(5))
        try story.delete("web")
        story.pass(.seconds(10))
        let service = try story.service("web")
        #expect(service.status == .inactive && service.taskSets.isEmpty)
    }

    @Test("The same token gives the same set; a sixth is refused, and so is what sets decide")
    func refusals() throws {
        let story = try story(0)
        let first = try add(0, to: story, token: "t")
        #expect(try add(0, to: story, token: "t") == first)
        for _ in 0..<4 { try add(0, to: story) }
        func refusal(_ command: Command) -> String { story.refusal(of: command) }
        let reference = Story.service("web")
        let create = CreateTaskSet(service: reference, taskDefinition: Story.definition("web", 1))
        #expect(refusal(.createTaskSet(create)).contains("has 5 task sets, the most it may"))
        var update = UpdateService(service: reference)
        update.taskDefinition = Story.definition("web", 2)
        #expect(
            refusal(.updateService(update)).contains(
                "Unable to update task definition on services with an EXTERNAL deployment"))
        update.taskDefinition = nil
        update.forceNewDeployment = true
        #expect(refusal(.updateService(update)).contains("Unable to update deployment on"))
        try story.serve("other", 1)
        var other = create
        other.service = Story.service("other")
        #expect(refusal(.createTaskSet(other)).contains("service other has ECS"))
    }

    @Test("What it has outlives the manager")
    func restart() throws {
        let story = try story(2)
        let set = try add(100, to: story)
        story.pass(.seconds(5))
        let before = try story.tasks("web").map(\.id)
        story.restartManager()
        story.pass(.seconds(10))
        #expect(try story.tasks("web").map(\.id) == before && live(story, set) == 2)
    }

    @Test("is not evened out over zones, and is not said to be")
    func zones() throws {
        let story = try story(2)
        #expect(try story.service("web").availabilityZoneRebalancing == .disabled)
        var request = UpdateService(service: Story.service("web"))
        request.availabilityZoneRebalancing = .enabled
        #expect(throws: APIError.self) { try story.apply(.updateService(request)) }
    }
}
