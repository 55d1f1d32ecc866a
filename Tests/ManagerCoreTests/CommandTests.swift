import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Commands")
struct CommandTests {
    @Test("A cluster is made once, and again after it was deleted")
    func clusters() throws {
        let story = Story()
        let create = Command.createCluster(CreateCluster(cluster: Story.cluster))
        let first = try story.apply(create)
        #expect(try story.apply(create) == first)
        #expect(story.state.revision == 1, "the second changed nothing")
        try story.apply(.deleteCluster(Story.cluster))
        #expect(story.state.cluster(Story.cluster)?.status == .inactive)
        let again = try story.apply(create)
        #expect(again != first)
        #expect(story.state.cluster(Story.cluster)?.status == .active)
        #expect(
            story.refusal(of: .deleteCluster(ClusterReference(region: "us-east-1", name: "none")))
                == "ClusterNotFoundException: Cluster not found.")
    }

    @Test("Each region is a namespace of its own")
    func regions() throws {
        let story = Story()
        try story.apply(.createCluster(CreateCluster(cluster: Story.cluster)))
        let elsewhere = ClusterReference(region: "eu-west-1")
        #expect(story.state.cluster(elsewhere) == nil)
        try story.apply(.createCluster(CreateCluster(cluster: elsewhere)))
        #expect(story.state.clusters(region: "eu-west-1").count == 1)
        #expect(story.state.clusters(region: "us-east-1").count == 1)
    }

    @Test("A cluster that holds something is not deleted")
    func deleteBusyCluster() throws {
        let story = Story(workers: "a")
        #expect(
            story.refusal(of: .deleteCluster(Story.cluster))
                == "ClusterContainsContainerInstancesException: The Cluster cannot be deleted "
                + "while Container Instances are active or draining.")
        try story.serve("web", 0)
        story["a"].returns = false
        try story.deregister("a")
        #expect(
            story.refusal(of: .deleteCluster(Story.cluster))
                == "ClusterContainsServicesException: "
                + "The Cluster cannot be deleted while Services are active.")
        try story.delete("web", force: false)
        try story.apply(.deleteCluster(Story.cluster))
        #expect(
            story.refusal(
                of: .createService(
                    CreateService(
                        service: Story.service("web"), taskDefinition: Story.definition("web"),
                        desiredCount: 1)))
                == "ClusterNotFoundException: The referenced cluster was inactive.")
    }

    @Test("A cluster with a running task is not deleted")
    func deleteClusterWithTask() throws {
        let story = Story(workers: "a")
        try story.define("job")
        story["a"].fate = { _ in .hangs }
        let task = try story.run("job").tasks[0]
        try story.deregister("a", force: true)
        #expect(
            story.refusal(of: .deleteCluster(Story.cluster))
                == "ClusterContainsTasksException: "
                + "The Cluster cannot be deleted while Tasks are active.")
        try story.report(task.id, .stopped)
        try story.apply(.deleteCluster(Story.cluster))
    }

    @Test("Revisions of a family grow by one, past those that were deregistered")
    func revisions() throws {
        let story = Story()
        #expect(try story.define("web").key.revision == 1)
        #expect(try story.define("web").key.revision == 2)
        try story.apply(.deregisterTaskDefinition(Story.definition("web", 2)))
        #expect(story.state.definition(Story.definition("web"))?.key.revision == 1)
        #expect(try story.define("web").key.revision == 3)
        #expect(story.state.definition(Story.definition("web"))?.key.revision == 3)
        #expect(try story.define("other").key.revision == 1)
        #expect(
            story.refusal(of: .deregisterTaskDefinition(Story.definition("none", 1)))
                == "ClientException: Unable to describe task definition.")
    }

    @Test("A service needs a cluster, an ACTIVE definition and a count within bounds")
    func serviceErrors() throws {
        let story = Story(workers: "a")
        try story.define("web")
        try story.define("old")
        try story.apply(.deregisterTaskDefinition(Story.definition("old", 1)))
        func create(_ cluster: ClusterReference, _ family: String, _ count: Int) -> Command {
            .createService(
                CreateService(
                    service: ServiceReference(cluster: cluster, name: "web"),
                    taskDefinition: Story.definition(family, 1), desiredCount: count))
        }
        let none = ClusterReference(region: "us-east-1", name: "none")
        #expect(
            story.refusal(of: create(none, "web", 1))
                == "ClusterNotFoundException: Cluster not found.")
        #expect(
            story.refusal(of: create(Story.cluster, "none", 1))
                == "ClientException: TaskDefinition not found.")
        #expect(
            story.refusal(of: create(Story.cluster, "old", 1))
                == "ClientException: TaskDefinition is inactive")
        for count in [-1, 5_001, .max] {
            #expect(
                story.refusal(of: create(Story.cluster, "web", count))
                    == "InvalidParameterException: "
                    + "The desired count of a service must be between 0 and 5000.")
        }
    }

    @Test("The same service can be created again with the same words only")
    func idempotentService() throws {
        let story = Story(workers: "a")
        let first = try story.serve("web", 1)
        let revision = story.state.revision
        #expect(try story.serve("web", 1) == first)
        #expect(story.state.revision == revision)
        let other = CreateService(
            service: Story.service("web"), taskDefinition: Story.definition("web"), desiredCount: 2,
            deploymentConfiguration: first.deploymentConfiguration)
        #expect(
            story.refusal(of: .createService(other))
                == "InvalidParameterException: Creation of service was not idempotent.")
    }

    @Test("What is not there can't be updated or deleted")
    func unknownService() throws {
        let story = Story(workers: "a")
        let update = Command.updateService(UpdateService(service: Story.service("web")))
        let delete = Command.deleteService(Story.service("web"), force: true)
        #expect(story.refusal(of: update) == "ServiceNotFoundException: Service not found.")
        #expect(story.refusal(of: delete) == "ServiceNotFoundException: Service not found.")
        try story.serve("web", 0)
        try story.delete("web")
        #expect(story.refusal(of: update) == "ServiceNotActiveException: Service was not ACTIVE.")
        #expect(story.refusal(of: delete) == "ServiceNotFoundException: Service not found.")
    }

    @Test("A service is not updated to a definition that is unknown or INACTIVE")
    func updateErrors() throws {
        let story = Story(workers: "a")
        try story.serve("web", 1)
        try story.define("web")
        try story.apply(.deregisterTaskDefinition(Story.definition("web", 2)))
        func update(_ revision: Int) -> Command {
            .updateService(
                UpdateService(
                    service: Story.service("web"),
                    taskDefinition: Story.definition("web", revision)))
        }
        #expect(story.refusal(of: update(7)) == "ClientException: TaskDefinition not found.")
        let stale = UpdateService(
            service: ServiceReference(cluster: Story.cluster, name: "web"),
            document: Document(json: "{}"), documentBase: Document(json: #"{"role":"old"}"#))
        #expect(
            story.refusal(of: .updateService(stale))
                == "ConflictException: The service was changed meanwhile; send the request again.")
        #expect(story.refusal(of: update(2)) == "ClientException: TaskDefinition is inactive")
        try story.apply(.deregisterTaskDefinition(Story.definition("web", 1)))
        try story.update("web", to: 1, count: 2)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "a a", "it may still grow with the definition it has")
    }

    @Test("Tags merge by key, go by key, and are at most 50")
    func tags() throws {
        let story = Story(workers: "a")
        let web = TaggableReference.service(Story.service("web"))
        try story.serve("web", 0)
        try story.apply(.tag(web, [Tag(key: "a", value: "1"), Tag(key: "b", value: "2")]))
        try story.apply(.tag(web, [Tag(key: "a", value: "3")]))
        try story.apply(.untag(web, keys: ["b", "c"]))
        #expect(try story.service("web").tags == [Tag(key: "a", value: "3")])
        let many = (0..<50).map { Tag(key: "k\($0)", value: "") }
        #expect(
            story.refusal(of: .tag(web, many))
                == "InvalidParameterException: A resource can have at most 50 tags.")
        for reference in [
            TaggableReference.cluster(Story.cluster), .instance(try story.reference("a")),
            .taskDefinition(Story.definition("web", 1)),
        ] {
            #expect(try story.apply(.tag(reference, [Tag(key: "x", value: "y")])) == .done)
        }
    }

    @Test("A task is tagged only under its own cluster's name")
    func tagAcrossClusters() throws {
        let story = Story(workers: "a")
        try story.define("job")
        let task = try story.run("job").tasks[0]
        let other = ClusterReference(region: "us-east-1", name: "other")
        try story.apply(.createCluster(CreateCluster(cluster: other)))
        let tags = [Tag(key: "x", value: "y")]
        #expect(
            story.refusal(of: .tag(.task(TaskReference(cluster: other, id: task.id)), tags))
                == "InvalidParameterException: The referenced task was not found.")
        let instance = InstanceReference(cluster: other, id: task.instance)
        #expect(
            story.refusal(of: .tag(.instance(instance), tags))
                == "InvalidParameterException: The referenced container instance was not found.")
        try story.apply(.tag(.task(TaskReference(cluster: Story.cluster, id: task.id)), tags))
        #expect(story.state.tasks[task.id]?.tags == tags)
    }
}
