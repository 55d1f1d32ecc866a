import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("A standalone task")
struct TaskTests {
    @Test("runs once and shows how it ended")
    func runs() throws {
        let story = Story(workers: "a b")
        try story.define("job")
        for worker in story.workers { worker.fate = { _ in .ends(after: .seconds(1), code: 3) } }
        let task = try story.run("job").tasks[0]
        #expect(task.lastStatus == .pending && task.desiredStatus == .running)
        #expect(task.group == "family:job")
        story.pass(.milliseconds(500))
        #expect(story.state.tasks[task.id]?.lastStatus == .running)
        story.pass(.seconds(10))
        let end = try #require(story.state.tasks[task.id])
        #expect(end.lastStatus == .stopped && end.stopCode == .essentialContainerExited)
        #expect(end.containers[0].exitCode == 3)
        #expect(story.state.tasks.count == 1, "nothing takes its place")
    }

    @Test("that finds no place is a failure that names what was lacking")
    func failures() throws {
        let story = Story()
        try story.apply(.createCluster(CreateCluster(cluster: Story.cluster)))
        try story.define("job", cpu: 3_000, memory: 1_000)
        let command = Command.runTask(
            RunTask(
                request: TaskRequest(
                    cluster: Story.cluster, taskDefinition: Story.definition("job"))))
        #expect(
            story.refusal(of: command)
                == "InvalidParameterException: "
                + "No Container Instances were found in your cluster.")
        story.join(ToyWorker("a"))
        let (tasks, failures) = try story.run("job", 2)
        #expect(tasks.count == 1)
        #expect(
            failures == [
                PlacementFailure(
                    instance: story["a"].instance, reason: "RESOURCE:CPU",
                    detail: "3000 CPU units are needed and 1096 are free.")
            ])
        try story.define("fat", cpu: 0, memory: 8_000)
        #expect(try story.run("fat").failures.map(\.reason) == ["RESOURCE:MEMORY"])
        try story.define("gpu", attributes: [Attribute(name: "gpu")])
        #expect(try story.run("gpu").failures.map(\.reason) == ["ATTRIBUTE"])
        try story.define("port", cpu: 0, ports: [80])
        #expect(try story.run("port", 2).failures.map(\.reason) == ["RESOURCE:PORTS"])
    }

    @Test("of a definition that was stored without its containers' volumes runs nowhere")
    func newRegistration() throws {
        let story = Story(workers: "a")
        let volumes = Attribute(name: "muster.capability.volumes")
        let request = RegisterTaskDefinition(
            region: "us-east-1", family: "old",
            containers: [ContainerDefinition(name: "app", image: "image")],
            requiredAttributes: [volumes])
        try story.apply(.registerTaskDefinition(request))
        let failure = try #require(try story.run("old").failures.first)
        #expect(failure.reason == "ATTRIBUTE")
        #expect(failure.detail?.contains("register it anew") == true)
    }

    @Test("comes in numbers from 1 to 10", arguments: [Int.min, 0, 11, Int.max])
    func counts(count: Int) throws {
        let story = Story(workers: "a")
        try story.define("job")
        let request = TaskRequest(cluster: Story.cluster, taskDefinition: Story.definition("job"))
        #expect(
            story.refusal(of: .runTask(RunTask(request: request, count: count)))
                == "InvalidParameterException: The number of tasks must be between 1 and 10.")
        #expect(
            story.refusal(of: .startTask(StartTask(request: request, instances: [])))
                == "InvalidParameterException: "
                + "The number of container instances must be between 1 and 10.")
    }

    @Test("is the same when the same client token asks again")
    func clientToken() throws {
        let story = Story(workers: "a")
        try story.define("job")
        let first = try story.run("job", 2, token: "t").tasks.map(\.id).sorted()
        #expect(try story.run("job", 2, token: "t").tasks.map(\.id) == first)
        #expect(story.state.tasks.count == 2)
        let request = TaskRequest(
            cluster: Story.cluster, taskDefinition: Story.definition("job"), startedBy: "me")
        let refusal = story.refusal(
            of: .runTask(RunTask(request: request, count: 2, clientToken: "t")))
        #expect(refusal.hasPrefix("ConflictException: The client token was used before"))
        let fewer = RunTask(
            request: TaskRequest(cluster: Story.cluster, taskDefinition: Story.definition("job")),
            count: 1, clientToken: "t")
        #expect(story.refusal(of: .runTask(fewer)).hasPrefix("ConflictException"))
    }

    @Test("is started on the instances that the caller names")
    func startTask() throws {
        let story = Story(workers: "a b c")
        try story.define("job", cpu: 3_000)
        try story.drain("b")
        let unknown = InstanceID(high: 1, low: 1)
        let a = try story.instance("a").id
        let b = try story.instance("b").id
        let start = StartTask(
            request: TaskRequest(cluster: Story.cluster, taskDefinition: Story.definition("job")),
            instances: [a, b, unknown, a])
        guard case .tasks(let tasks, let failures) = try story.apply(.startTask(start)) else {
            Issue.record("not tasks")
            return
        }
        #expect(tasks.map(\.instance) == [a])
        #expect(
            failures == [
                PlacementFailure(
                    instance: b, reason: "INACTIVE",
                    detail: "The container instance is not ACTIVE."),
                PlacementFailure(instance: unknown, reason: "MISSING"),
                PlacementFailure(
                    instance: a, reason: "RESOURCE:CPU",
                    detail: "3000 CPU units are needed and 1096 are free."),
            ])
    }

    @Test("stops when asked, once, with the caller's reason")
    func stopTask() throws {
        let story = Story(workers: "a")
        try story.define("job")
        let task = try story.run("job").tasks[0]
        story.pass(.seconds(1))
        try story.stop(task.id, reason: "enough")
        #expect(story.state.tasks[task.id]?.lastStatus == .running)
        try story.stop(task.id, reason: "again")
        story.pass(.seconds(1))
        let end = try #require(story.state.tasks[task.id])
        #expect(end.lastStatus == .stopped && end.stopCode == .userInitiated)
        #expect(end.stoppedReason == "enough" && end.stoppedAt != nil && end.stoppingAt != nil)
        try story.stop(task.id)
        #expect(story["a"].stops == [task.id])
        let unknown = TaskReference(cluster: Story.cluster, id: TaskID(high: 1, low: 1))
        #expect(
            story.refusal(of: .stopTask(unknown, reason: nil))
                == "InvalidParameterException: The referenced task was not found.")
    }

    @Test("of a lost host is shown STOPPED with the reason and not replaced")
    func lost() throws {
        let story = Story(workers: "a b")
        try story.define("job")
        let task = try story.run("job").tasks[0]
        let worker = try #require(story.workers.first { $0.instance == task.instance })
        story.pass(.seconds(1))
        story.kill(worker)
        story.pass(.seconds(2))
        let end = try #require(story.state.tasks[task.id])
        #expect(end.lastStatus == .stopped && end.stopCode == .terminationNotice)
        #expect(
            end.stoppedReason
                == "Container instance \(task.instance) (\(worker.name)) was lost: "
                + "its agent went silent")
        #expect(story.state.tasks.count == 1)
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("is never sent to a worker whose connection is gone")
    func unreachable() throws {
        let story = Story(workers: "a")
        try story.define("job")
        story["a"].returns = false
        story.restartAgent(story["a"])
        #expect(try story.run("job").failures.map(\.reason) == ["AGENT"])
        story["a"].returns = true
        story.pass(.milliseconds(100))
        #expect(try story.run("job").tasks.count == 1)
    }

    @Test("takes overrides, and amounts that no machine has do no harm")
    func overrides() throws {
        let story = Story(workers: "a")
        try story.define("job")
        var request = TaskRequest(
            cluster: Story.cluster, taskDefinition: Story.definition("job"),
            overrides: TaskOverrides(containers: [.init(name: "app", cpu: 1_024)]))
        guard case .tasks(let tasks, _) = try story.apply(.runTask(RunTask(request: request)))
        else { return }
        #expect(tasks[0].reserved.cpu == 1_024)
        for amount in [Int.max, Int.min, -1] {
            request.overrides = TaskOverrides(cpu: amount, memory: amount)
            try story.apply(.runTask(RunTask(request: request)))
        }
        let huge = ContainerDefinition(name: "x", image: "i", cpu: .max, memory: .max)
        try story.apply(
            .registerTaskDefinition(
                RegisterTaskDefinition(
                    region: "us-east-1", family: "huge", containers: [huge, huge])))
        #expect(try story.run("huge").failures.map(\.reason) == ["RESOURCE:CPU"])
    }
}
