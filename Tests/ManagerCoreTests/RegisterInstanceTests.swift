import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Container instances that the API registers")
struct RegisterInstanceTests {
    private func register(
        _ story: Story, _ name: String? = "a", as id: InstanceID? = nil, tags: [Model.Tag] = []
    ) throws -> ContainerInstance {
        let outcome = try story.apply(
            .registerContainerInstance(
                RegisterInstance(
                    cluster: Story.cluster, instance: id, name: name,
                    resources: Resources(cpu: 1_024, memory: 512),
                    attributes: [
                        Attribute(name: "ecs.os-type", value: "linux"),
                        Attribute(name: "rack", value: "7"),
                    ], agentVersion: "1", tags: tags)))
        guard case .instance(let instance) = outcome else {
            throw APIError(.server, "not an instance")
        }
        return instance
    }

    private func story() throws -> Story {
        let story = Story()
        try story.apply(.createCluster(CreateCluster(cluster: Story.cluster)))
        return story
    }

    @Test("get no task until their worker comes, which takes tags and attributes over")
    func takenOver() throws {
        let story = try story()
        let declared = try register(story, tags: [Tag(key: "owner", value: "me")])
        #expect(!declared.agentConnected && declared.isDeclared)
        try story.serve("web", 1)
        story.pass(.seconds(5))
        #expect(try story.tasks("web").isEmpty)
        story.join(ToyWorker("a"))
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a")
        let instance = try story.instance("a")
        #expect(instance.id == declared.id && !instance.isDeclared)
        #expect(instance.tags == [Tag(key: "owner", value: "me")])
        #expect(instance.attributes.contains(Attribute(name: "rack", value: "7")))
        #expect(!instance.attributes.contains { $0.name == "ecs.os-type" })
        #expect(instance.registered.cpu == 4_096)
        #expect(
            story.refusal(
                of: .registerContainerInstance(
                    RegisterInstance(
                        cluster: Story.cluster, instance: declared.id, resources: Resources()))
            )
            .contains("A Muster worker speaks for the container instance"))
    }

    @Test("go to a worker that was another instance before, which is deregistered")
    func takenOverByOldHand() throws {
        let story = try story()
        story.join(ToyWorker("a"))
        story.pass(.seconds(2))
        try story.deregister("a", force: true)
        let declared = try register(story, tags: [Tag(key: "owner", value: "me")])
        story["a"].startAgain()
        story.pass(.seconds(20))
        let live = story.state.instances.values.filter { $0.status != .inactive }
        #expect(live.map(\.id) == [declared.id])
        #expect(live.first?.agentConnected == true)
        // The one that it was, which is INACTIVE.
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("take over from the API no attribute that only a worker may say")
    func reserved() throws {
        let story = try story()
        let group = Attribute(name: CapacityProvider.groupAttribute, value: "b")
        try story.apply(
            .registerContainerInstance(
                RegisterInstance(
                    cluster: Story.cluster, instance: nil, name: "a", resources: Resources(),
                    attributes: [group, Attribute(name: "rack", value: "7")], agentVersion: "1")))
        story.join(ToyWorker("a"))
        story.pass(.seconds(5))
        let attributes = try story.instance("a").attributes
        #expect(attributes.contains { $0.name == "rack" } && !attributes.contains(group))
    }

    @Test("are not renamed to what another has")
    func renamed() throws {
        let story = try story()
        let first = try register(story, "a")
        _ = try register(story, "b")
        #expect(throws: APIError.self) { try register(story, "b", as: first.id) }
    }

    @Test("can be registered again, drained and deregistered; a name is there once")
    func again() throws {
        let story = try story()
        let declared = try register(story)
        let second = try register(story, nil, as: declared.id)
        #expect(second == declared, "what changes nothing is no new version")
        #expect(
            story.refusal(
                of: .registerContainerInstance(
                    RegisterInstance(cluster: Story.cluster, name: "a", resources: Resources()))
            )
            .contains("has a container instance a already"))
        let unnamed = try register(story, nil)
        #expect(unnamed.name == "\(unnamed.id)")
        story.restartManager()
        try story.apply(
            .deregisterContainerInstance(
                InstanceReference(cluster: Story.cluster, id: declared.id), force: false))
        #expect(story.state.instances[declared.id]?.status == .inactive)
        #expect(
            story.refusal(
                of: .registerContainerInstance(
                    RegisterInstance(
                        cluster: Story.cluster, instance: declared.id, resources: Resources()))
            )
            .contains("There is no container instance"))
    }

    @Test("task sets have tags of their own")
    func taskSetTags() throws {
        let story = Story(workers: "a")
        try story.define("web")
        try story.apply(
            .createService(
                CreateService(
                    service: Story.service("web"), taskDefinition: nil, controller: .external,
                    desiredCount: 1)))
        let made = try story.apply(
            .createTaskSet(
                CreateTaskSet(
                    service: Story.service("web"), taskDefinition: Story.definition("web"))))
        guard case .taskSet(let set, _) = made else { return }
        let reference = TaggableReference.taskSet(Story.service("web"), set.id)
        try story.apply(.tag(reference, [Tag(key: "a", value: "b"), Tag(key: "c", value: "d")]))
        try story.apply(.untag(reference, keys: ["a"]))
        #expect(try story.service("web").taskSets.first?.tags == [Tag(key: "c", value: "d")])
        #expect(
            story.refusal(
                of: .tag(.taskSet(Story.service("web"), DeploymentID(number: 1)), []))
                == "TaskSetNotFoundException: The specified task set was not found.")
    }
}
