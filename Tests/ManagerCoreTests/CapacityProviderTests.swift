import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Placement
import Testing

extension Story {
    func provide(_ name: String, group: String? = nil) -> Command {
        .createCapacityProvider(
            CreateCapacityProvider(
                reference: CapacityProviderReference(region: "us-east-1", name: name),
                group: group ?? name))
    }

    func put(_ providers: [String], _ strategy: [CapacityProviderShare] = []) -> Command {
        .putClusterCapacityProviders(
            PutClusterCapacityProviders(
                cluster: Story.cluster, providers: providers, strategy: strategy))
    }

    /// How many tasks that shall run each provider has: `blue 3, red 2`.
    func providers(_ service: String) throws -> String {
        let live = try tasks(service).filter {
            $0.desiredStatus == .running && $0.lastStatus == .running
        }
        return Dictionary(grouping: live) { $0.capacityProvider ?? "-" }
            .map { "\($0.key) \($0.value.count)" }.sorted().joined(separator: ", ")
    }
}

@Suite("Capacity providers (ECS semantics, section 20)")
struct CapacityProviderTests {
    static let shares = [
        CapacityProviderShare(provider: "red", weight: 1, base: 1),
        CapacityProviderShare(provider: "blue", weight: 3),
    ]

    private func story() throws -> Story {
        let story = Story()
        for (name, group) in [("a", "red"), ("b", "blue"), ("c", "blue")] {
            story.join(
                ToyWorker(
                    name, attributes: [Attribute(name: "muster.group", value: group)]))
        }
        for name in ["red", "blue"] { try story.apply(story.provide(name)) }
        try story.apply(story.put(["red", "blue"], Self.shares))
        return story
    }

    @Test("a service without a strategy has the cluster's, and is divided by it up and down")
    func service() throws {
        let story = try story()
        try story.serve("web", 5)
        story.pass(.seconds(5))
        #expect(try story.providers("web") == "blue 3, red 2")
        #expect(try story.places("web").filter { $0 == "a" }.count == 2)
        try story.update("web", count: 9)
        story.pass(.seconds(5))
        #expect(try story.providers("web") == "blue 6, red 3")
        try story.update("web", count: 5)
        story.pass(.seconds(5))
        #expect(try story.providers("web") == "blue 3, red 2")
        try story.update("web", count: 1)
        story.pass(.seconds(5))
        #expect(try story.providers("web") == "red 1")
        try story.update("web", count: 5)
        story.pass(.seconds(5))
        try story.release("web")
        story.pass(.seconds(10))
        #expect(try story.providers("web") == "blue 3, red 2" && story.isSteady("web"))
    }

    @Test("what explains a place knows that it is one of a provider's group")
    func explained() throws {
        let story = try story()
        try story.serve("web", 5)
        story.pass(.seconds(5))
        let service = try story.service("web")
        let cluster = service.cluster
        var reader = StateReader(
            story.state, of: cluster, settings: ManagerSettings(),
            at: WallTime(milliseconds: 0))
        for task in try story.tasks("web") {
            let need = try #require(reader.need(of: task))
            let eligible = reader.survey(need).ranked.count
            #expect(eligible == (task.capacityProvider == "red" ? 1 : 2))
        }
        let deployment = try #require(service.deployments.first)
        let next = try #require(reader.need(of: service, deployment))
        #expect(reader.survey(next).ranked.count == 2, "the sixth is blue")
    }

    @Test("who has no room waits, and the others go on")
    func noRoom() throws {
        let story = try story()
        story.kill(story["a"])
        story.pass(.seconds(10))
        _ = story.takeWarnings()
        try story.serve("web", 5)
        story.pass(.seconds(5))
        #expect(try story.providers("web") == "blue 3")
        #expect(
            try story.events("web").contains {
                $0.contains("Reason: ") && $0.contains("unable to place a task")
            })
        story["a"].startAgain()
        story.pass(.seconds(10))
        #expect(try story.providers("web") == "blue 3, red 2" && story.isSteady("web"))
    }

    @Test("a worker that no provider is of gets none of its tasks, and says which it is of")
    func groups() throws {
        let story = try story()
        story.join(ToyWorker("d"))
        try story.serve("web", 8)
        story.pass(.seconds(5))
        #expect(try story.places("web").contains("d") == false)
        let names = try ["a", "b", "d"].map { name in
            story.state.capacityProvider(of: try story.instance(name))?.reference.name
        }
        #expect(names == ["red", "blue", nil])
    }

    @Test("RunTask divides the tasks of one request")
    func runTask() throws {
        let story = try story()
        try story.define("job")
        let request = RunTask(
            request: TaskRequest(
                cluster: Story.cluster, taskDefinition: Story.definition("job")), count: 5)
        guard case .tasks(let tasks, let failures) = try story.apply(.runTask(request)) else {
            Issue.record("no tasks")
            return
        }
        #expect(failures.isEmpty)
        #expect(tasks.map { $0.capacityProvider ?? "-" } == ["red", "red", "blue", "blue", "blue"])
        var named = request
        named.capacityProviderStrategy = []
        guard case .tasks(let others, _) = try story.apply(.runTask(named)) else { return }
        #expect(others.allSatisfy { $0.capacityProvider == nil })
        named.capacityProviderStrategy = [CapacityProviderShare(provider: "red")]
        #expect(
            story.refusal(of: .runTask(named)).contains("defined in the capacity provider strategy")
        )
        named.capacityProviderStrategy = [CapacityProviderShare(provider: "green", weight: 1)]
        #expect(story.refusal(of: .runTask(named)).contains("not associated with the cluster"))
        story.pass(.seconds(3))
    }

    @Test("refusals have ECS's words")
    func refusals() throws {
        let story = try story()
        #expect(
            story.refusal(of: story.provide("red", group: "new")).hasPrefix(
                "ClientException: The specified capacity provider already exists."))
        #expect(
            story.refusal(of: story.provide("green", group: "red")).contains(
                "already being used by another capacity provider"))
        #expect(story.refusal(of: story.put(["gone"])).contains("does not exist"))
        #expect(
            story.refusal(of: story.put(["red"], Self.shares)).contains("not associated with"))
        try story.serve("web", 1)
        #expect(
            story.refusal(of: story.put(["red"]))
                == "ResourceInUseException: The specified capacity provider is in use and cannot "
                + "be removed.")
        let blue = CapacityProviderReference(region: "us-east-1", name: "blue")
        #expect(
            story.refusal(of: .deleteCapacityProvider(blue))
                == "ClientException: The capacity provider cannot be deleted because it is "
                + "associated with cluster: default. Remove the capacity provider from the cluster "
                + "and try again.")
        for number in 0..<19 { try story.apply(story.provide("p\(number)")) }
        #expect(
            story.refusal(of: story.put(["red", "blue"] + (0..<19).map { "p\($0)" }))
                == "InvalidParameterException: The maximum number of capacity providers per "
                + "cluster has been exceeded.")
        story.pass(.seconds(5))
    }

    @Test("a provider that is deleted is INACTIVE for a time, and its name is free")
    func deletion() throws {
        let story = Story()
        let reference = CapacityProviderReference(region: "us-east-1", name: "red")
        try story.apply(story.provide("red"))
        try story.apply(.deleteCapacityProvider(reference))
        #expect(story.state.capacityProviders[reference]?.status == .inactive)
        try story.apply(story.provide("red"))
        story.pass(.seconds(3_700))
        #expect(story.state.capacityProviders[reference]?.status == .active)
        try story.apply(.deleteCapacityProvider(reference))
        story.restartManager()
        story.pass(.seconds(3_700))
        #expect(story.state.capacityProviders[reference] == nil)
    }

    @Test("a strategy that an update brings counts for what is started then")
    func update() throws {
        let story = try story()
        try story.serve("web", 4)
        story.pass(.seconds(5))
        #expect(try story.providers("web") == "blue 2, red 2")
        var request = UpdateService(service: Story.service("web"))
        request.capacityProviderStrategy = [CapacityProviderShare(provider: "red", weight: 1)]
        try story.apply(.updateService(request))
        story.pass(.seconds(5))
        #expect(try story.providers("web") == "blue 2, red 2", "nothing moves")
        try story.update("web", force: true)
        story.pass(.seconds(10))
        #expect(try story.providers("web") == "red 4")
    }
}
