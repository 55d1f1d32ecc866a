import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("A service")
struct ServiceTests {
    @Test("of thousands starts in pieces; where there is no room for more, no step calls the next")
    func pieces() throws {
        let roomy = Story()
        roomy.join(ToyWorker("a", cpu: 4_000_000, memory: 8_000_000))
        try roomy.serve("web", 4_000)
        #expect(roomy.core.isCutShort)
        roomy.send(.tick)
        #expect(!roomy.core.isCutShort)
        #expect(try roomy.tasks("web").count == 4_000)
        let narrow = Story(workers: "a")
        try narrow.serve("web", 4_000)
        #expect(!narrow.core.isCutShort)
        #expect(try narrow.tasks("web").count == 16)
        #expect(narrow.core.nextWake.map { $0 > narrow.now } ?? true)
    }

    @Test("reaches its desired count, spread over the workers, and says so")
    func steady() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 3)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b c")
        #expect(
            try story.events("web") == [
                "has started 3 tasks: (task T) (task T) (task T).",
                "(deployment D) deployment completed.",
                "has reached a steady state.",
            ])
        #expect(try story.isSteady("web"))
        let revision = story.state.revision
        story.pass(.seconds(60))
        #expect(story.state.revision == revision, "a steady service writes nothing")
    }

    @Test("grows where it has least and shrinks where it has most, the youngest first")
    func scale() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 3)
        story.pass(.seconds(5))
        let old = Set(try story.tasks("web").map(\.id))
        try story.update("web", count: 7)
        story.pass(.seconds(5))
        #expect(try story.places("web").split(separator: " ").count == 7)
        try story.update("web", count: 3)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b c")
        let left = try story.tasks("web").filter { $0.lastStatus == .running }.map(\.id)
        #expect(Set(left) == old)
        #expect(try story.isSteady("web"))
        #expect(try story.service("web").deployments.count == 1, "a count is no deployment")
        let stopped = try story.tasks("web").filter { $0.lastStatus == .stopped }
        #expect(stopped.allSatisfy { $0.stopCode == .serviceSchedulerInitiated })
        let text = try #require(stopped.first?.stoppedReason)
        #expect(text.hasPrefix("Scaling activity initiated by (deployment ecs-svc/"))
        try story.update("web", count: 0)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "" && story.isSteady("web"))
    }

    @Test("replaces a task that ends, at once, and one that a user stops")
    func replaces() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(15))
        let task = try story.tasks("web")[0]
        try story.report(task.id, .stopped, code: 1)
        #expect(try story.tasks("web").count == 3)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b")
        let other = try #require(try story.tasks("web").first { $0.lastStatus == .running })
        try story.stop(other.id)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a b" && story.isSteady("web"))
        #expect(try story.service("web").deployments[0].rolloutState == .completed)
    }

    @Test("waits for room, says why once, and starts when room appears")
    func starved() throws {
        let story = Story(workers: "a")
        try story.define("web", cpu: 2_048)
        try story.serve("web", 3)
        story.pass(.seconds(30))
        let waiting = [
            "has started 2 tasks: (task T) (task T).",
            "was unable to place a task because no container instance met all of its "
                + "requirements. Reason: The closest matching (container-instance a) has "
                + "insufficient CPU units available. For more information, see the "
                + "Troubleshooting section of the Amazon ECS Developer Guide.",
        ]
        #expect(try story.events("web") == waiting)
        story.join(ToyWorker("b"))
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a b" && story.isSteady("web"))
    }

    @Test("that gets further and is held up again says why again")
    func starvedAgain() throws {
        let story = Story(workers: "a")
        try story.define("web", cpu: 2_048)
        try story.serve("web", 5)
        story.pass(.seconds(5))
        story.join(ToyWorker("b"))
        story.pass(.seconds(30))
        #expect(try story.places("web") == "a a b b")
        let said = try story.events("web").map { $0.prefix(13) }
        #expect(said == ["has started 2", "was unable to", "has started 2", "was unable to"])
    }

    @Test("starts when another's task makes room, when an instance is undrained, or comes back")
    func roomAppears() throws {
        let story = Story(workers: "a")
        try story.define("job", cpu: 4_096)
        let job = try story.run("job").tasks[0]
        try story.serve("web", 1)
        story.pass(.seconds(1))
        #expect(try story.places("web") == "")
        try story.drain("a")
        try story.stop(job.id)
        story.pass(.seconds(1))
        #expect(try story.places("web") == "")
        try story.drain("a", to: .active)
        story.pass(.seconds(1))
        #expect(try story.places("web") == "a")
    }

    @Test("starts when a task that stops makes room")
    func roomByStop() throws {
        let story = Story(workers: "a")
        try story.define("job", cpu: 4_096)
        let job = try story.run("job").tasks[0]
        try story.serve("web", 2)
        story.pass(.seconds(3))
        #expect(try story.places("web") == "")
        try story.stop(job.id)
        story.pass(.seconds(3))
        #expect(try story.places("web") == "a a")
    }

    @Test("of very many tasks starts them in steps of bounded size, told in messages of such size")
    func many() throws {
        let story = Story()
        story.join(ToyWorker("a", cpu: 100_000, memory: 100_000))
        try story.define("web", cpu: 1, memory: 1)
        try story.serve("web", 4_500)
        #expect(try story.tasks("web").count == 2_000)
        story.pass(.seconds(5))
        #expect(try story.tasks("web").count == 4_500 && story.isSteady("web"))
    }

    @Test("in an empty cluster waits for the first worker")
    func noWorkers() throws {
        let story = Story()
        try story.apply(.createCluster(CreateCluster(cluster: Story.cluster)))
        try story.serve("web", 2)
        #expect(
            try story.events("web").map { $0.contains("No Container Instances were found") }
                == [true])
        story.join(ToyWorker("a"))
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a")
    }

    @Test("that is deleted stops its tasks and is INACTIVE when they have stopped")
    func delete() throws {
        let story = Story(workers: "a b")
        let first = try story.serve("web", 2)
        story.pass(.seconds(5))
        #expect(
            story.refusal(of: .deleteService(Story.service("web"), force: false))
                == "InvalidParameterException: "
                + "The service cannot be stopped while it is scaled above 0.")
        try story.delete("web")
        #expect(try story.service("web").status == .draining)
        try story.delete("web")
        let again = CreateService(
            service: Story.service("web"), taskDefinition: Story.definition("web"), desiredCount: 2)
        #expect(
            story.refusal(of: .createService(again))
                == "InvalidParameterException: "
                + "Unable to Start a service that is still Draining.")
        #expect(
            story.refusal(of: .updateService(UpdateService(service: Story.service("web"))))
                == "ServiceNotActiveException: Service was not ACTIVE.")
        story.pass(.seconds(1))
        #expect(try story.service("web").status == .inactive)
        #expect(try story.tasks("web").allSatisfy { $0.lastStatus == .stopped })
        let second = try story.serve("web", 1)
        #expect(second.id != first.id)
        story.pass(.seconds(5))
        #expect(try story.places("web").count == 1)
    }

    @Test("that is deleted while a worker is silent ends when the silence does")
    func deleteWhileSilent() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        story["a"].freeze()
        try story.delete("web")
        story.pass(.seconds(2))
        #expect(try story.service("web").status == .draining)
        story.pass(.seconds(3))
        #expect(try story.service("web").status == .inactive)
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("passes on tags as it was told")
    func propagatesTags() throws {
        let story = Story(workers: "a")
        try story.define("web")
        var request = CreateService(
            service: Story.service("web"), taskDefinition: Story.definition("web"), desiredCount: 1,
            tags: [Tag(key: "team", value: "x")])
        request.propagateTags = .service
        request.enableManagedTags = true
        try story.apply(.createService(request))
        #expect(
            try story.tasks("web")[0].tags == [
                Tag(key: "team", value: "x"), Tag(key: "aws:ecs:clusterName", value: "default"),
                Tag(key: "aws:ecs:serviceName", value: "web"),
            ])
    }

    @Test("and a task take commands as was said when the task was started")
    func takesCommands() throws {
        let story = Story(workers: "a")
        try story.define("web")
        var request = CreateService(
            service: Story.service("web"), taskDefinition: Story.definition("web"), desiredCount: 1)
        request.takesCommands = true
        try story.apply(.createService(request))
        #expect(try story.tasks("web").map(\.takesCommands) == [true])
        try story.apply(
            .updateService(UpdateService(service: Story.service("web"), takesCommands: false)))
        #expect(try story.service("web").takesCommands == nil)
        story.pass(.seconds(5))
        try story.update("web", count: 2)
        story.pass(.seconds(5))
        let tasks = try story.tasks("web")
        #expect(tasks.count == 2 && tasks.count(where: \.takesCommands) == 1)
    }

    @Test("does not shout: a crowded cluster's comings and goings add no event to those who wait")
    func quietStarvation() throws {
        let story = Story(workers: "a b")
        try story.define("job", cpu: 1_000)
        try story.define("web", cpu: 4_000)
        try story.serve("web", 4)
        story.pass(.seconds(5))
        for _ in 0..<20 {
            _ = try story.run("job")
            story.pass(.seconds(1))
        }
        #expect(try story.events("web").count == 2)
    }
}
