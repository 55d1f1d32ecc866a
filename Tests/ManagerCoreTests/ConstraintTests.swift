import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import QueryLanguage
import Testing

@Suite("Placement constraints")
struct ConstraintTests {
    static func memberOf(_ text: String) throws -> PlacementConstraint {
        .memberOf(try ClusterQuery(text))
    }

    static func racks() -> Story {
        let story = Story()
        for (name, rack) in [("a", "r1"), ("b", "r1"), ("c", "r2")] {
            story.join(ToyWorker(name, attributes: [Attribute(name: "rack", value: rack)]))
        }
        return story
    }

    @Test("a service's tasks go where its and its definition's expressions hold")
    func service() throws {
        let story = Self.racks()
        try story.define("web", constraints: [try Self.memberOf("attribute:rank !exists")])
        try story.serve("web", 4, constraints: [try Self.memberOf("attribute:rack == r1")])
        story.pass(.seconds(10))
        #expect(try story.places("web") == "a a b b")
    }

    @Test("tasks of RunTask go with a group, or away from it")
    func groups() throws {
        let story = Self.racks()
        try story.define("db", cpu: 64)
        try story.define("web", cpu: 64)
        let db = try #require(try story.run("db", group: "db").tasks.first)
        let near = try story.run(
            "web", 3, group: "web", constraints: [try Self.memberOf("task:group == db")])
        #expect(near.tasks.map(\.instance) == [db.instance, db.instance, db.instance])
        let far = try story.run(
            "web", 3, group: "far",
            constraints: [try Self.memberOf("not(task:group == db) and task:group != far")])
        #expect(Set(far.tasks.map(\.instance)).count == 2)
        #expect(!far.tasks.map(\.instance).contains(db.instance))
        #expect(far.failures.map(\.reason) == ["MemberOf placement constraint unsatisfied"])
        story.pass(.seconds(1))
    }

    @Test("a service that finds no instance says so, and starts once an attribute is put there")
    func attributePut() throws {
        let story = Self.racks()
        try story.serve("web", 1, constraints: [try Self.memberOf("attribute:disk == ssd")])
        #expect(
            try story.events("web").last?.contains(
                "does not meet a placement constraint of your task.") == true)
        let disk = Attribute(name: "disk", value: "ssd")
        let target = TargetedAttribute(instance: try story.instance("c").id, attribute: disk)
        try story.apply(.putAttributes(Story.cluster, [target]))
        story.pass(.seconds(10))
        #expect(try story.places("web") == "c")
    }

    @Test("a definition and a request have ten constraints together at most")
    func limit() throws {
        let story = Self.racks()
        let some = (1...6).map {
            try? Self.memberOf(
                "runningTasksCount >= 0 and agentConnected == true or runningTasksCount < \($0)")
        }
        .compactMap { $0 }
        try story.define("web", constraints: some)
        let text =
            "InvalidParameterException: A task can have at most 10 placement constraints: its "
            + "definition web:1 has 6, the request has 5."
        let run = RunTask(
            request: TaskRequest(
                cluster: Story.cluster, taskDefinition: Story.definition("web")),
            placementConstraints: Array(some.prefix(5)))
        #expect(story.refusal(of: .runTask(run)) == text)
        let create = CreateService(
            service: Story.service("web"), taskDefinition: Story.definition("web"),
            desiredCount: 1, placementConstraints: Array(some.prefix(5)))
        #expect(story.refusal(of: .createService(create)) == text)
        try story.serve("web", 1, constraints: Array(some.prefix(4)))
        let update = UpdateService(
            service: Story.service("web"), placementConstraints: Array(some.prefix(5)))
        #expect(story.refusal(of: .updateService(update)) == text)
        story.pass(.seconds(1))
    }

    @Test("GPUs are counted, and a task that asks for more is told so")
    func gpus() throws {
        let story = Story()
        let worker = ToyWorker("a")
        worker.resources.gpus = 3
        story.join(worker)
        let container = ContainerDefinition(name: "app", image: "image", memory: 64, gpus: 1)
        try story.apply(
            .registerTaskDefinition(
                RegisterTaskDefinition(
                    region: "us-east-1", family: "gpu", containers: [container])))
        #expect(try story.run("gpu").tasks.map(\.reserved.gpus) == [1])
        var request = TaskRequest(
            cluster: Story.cluster, taskDefinition: Story.definition("gpu"))
        request.overrides.containers = [.init(name: "app", gpus: 2)]
        guard
            case .tasks(let tasks, let failures) = try story.apply(
                .runTask(RunTask(request: request, count: 2)))
        else { return }
        #expect(tasks.map(\.reserved.gpus) == [2])
        #expect(failures.map(\.reason) == ["RESOURCE:GPU"])
        #expect(failures.map(\.detail) == ["2 GPUs are needed and 0 are free."])
        try story.stop(tasks[0].id)
        story.pass(.seconds(1))
        #expect(try story.run("gpu", 3).failures.map(\.reason) == ["RESOURCE:GPU"])
        story.pass(.seconds(1))
    }

    @Test("host ports bind by protocol, and under awsvpc not at all")
    func ports() throws {
        let story = Story(workers: "a")
        func define(_ family: String, _ transport: TransportProtocol, _ mode: NetworkMode) throws {
            let mapping = PortMapping(containerPort: 53, hostPort: 53, transport: transport)
            let container = ContainerDefinition(
                name: "app", image: "image", memory: 64, portMappings: [mapping])
            try story.apply(
                .registerTaskDefinition(
                    RegisterTaskDefinition(
                        region: "us-east-1", family: family, containers: [container],
                        networkMode: mode)))
        }
        try define("tcp", .tcp, .bridge)
        try define("udp", .udp, .host)
        try define("eni", .tcp, .awsvpc)
        #expect(try story.run("tcp").tasks.map(\.reserved.tcpPorts) == [[53]])
        #expect(try story.run("udp").tasks.map(\.reserved.udpPorts) == [[53]])
        #expect(try story.run("eni", 2).tasks.count == 2)
        let failures = try story.run("udp").failures
        #expect(failures.map(\.reason) == ["RESOURCE:PORTS"])
        #expect(failures.map(\.detail) == ["The host port 53/udp is taken."])
        story.pass(.seconds(1))
    }
}
