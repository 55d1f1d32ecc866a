import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

/// Tasks that their workers stop by themselves: never two of them live.
@Suite("muster:on-lost=stop")
struct OnLostTests {
    static let stop = Model.Tag(key: "muster:on-lost", value: "stop")
    /// Lease, margin, dead man, two containers of two seconds, a second and a percent for clocks.
    static let surely = Duration.milliseconds(10_090)

    func request(_ family: String, _ tags: [Model.Tag] = [stop]) -> RegisterTaskDefinition {
        let containers = ["app", "side"].map {
            ContainerDefinition(name: $0, image: "image", cpu: 64, memory: 64, stopTimeout: 2)
        }
        return RegisterTaskDefinition(
            region: "us-east-1", family: family, containers: containers, tags: tags)
    }

    /// Workers that can do it, and a service `one` with one such task, on the first.
    func cluster(_ names: String) throws -> Story {
        let story = Story()
        let names = names.split(separator: " ").map { String($0) }
        join(names[0], to: story)
        try story.apply(.registerTaskDefinition(request("one")))
        try story.serve("one", 1, max: 100)
        story.pass(.seconds(5))
        for name in names.dropFirst() { join(name, to: story) }
        #expect(try story.places("one") == names[0])
        return story
    }

    func join(_ name: String, to story: Story) {
        let attribute = Attribute(name: "muster.capability.on-lost-stop")
        story.join(ToyWorker(name, attributes: [attribute]))
    }

    func only(_ story: Story) throws -> ECSTask {
        try #require(try story.tasks("one").first)
    }

    @Test("The tag can say nothing else, wherever it is set")
    func refused() throws {
        let story = Story()
        let wrong = [Model.Tag(key: "muster:on-lost", value: "restart")]
        #expect(
            story.refusal(of: .registerTaskDefinition(request("one", wrong))).hasPrefix(
                "ClientException: The tag muster:on-lost of a task definition can only have the "
                    + "value 'stop'"))
        try story.apply(.registerTaskDefinition(request("one", [])))
        let reference = TaggableReference.taskDefinition(Story.definition("one", 1))
        #expect(
            story.refusal(of: .tag(reference, wrong)).hasPrefix(
                "InvalidParameterException: The tag muster:on-lost"))
        try story.apply(.tag(reference, [Self.stop]))
    }

    @Test("It counts as it was when the task was made, and only where a runtime can keep to it")
    func whenMade() throws {
        let story = Story(workers: "plain")
        try story.apply(.registerTaskDefinition(request("one")))
        let refused = try story.run("one")
        #expect(refused.failures.map(\.reason) == ["ATTRIBUTE"])
        let reference = TaggableReference.taskDefinition(Story.definition("one", 1))
        try story.apply(.untag(reference, keys: ["muster:on-lost"]))
        let plain = try #require(try story.run("one").tasks.first)
        try story.apply(.tag(reference, [Self.stop]))
        join("able", to: story)
        let mortal = try #require(try story.run("one").tasks.first)
        #expect(plain.onLost == nil && mortal.onLost == .stop)
        #expect(mortal.instance == story["able"].instance)
    }

    @Test("A silent worker's task stays as it is until it has surely stopped; others don't wait")
    func silence() throws {
        let story = try cluster("a b")
        try story.serve("web", 2)
        story.pass(.seconds(3))
        let heard = story.now
        story["a"].freeze()
        story.pass(.milliseconds(3_100))
        #expect(story.takeWarnings() == ["worker lost"])
        #expect(try story.instance("a").agentConnected == false)
        #expect(try story.tasks("web").filter { $0.lastStatus == .stopped }.count == 1)
        story.pass(heard + Self.surely + .milliseconds(-1_100) - story.now)
        #expect(try story.tasks("one").map(\.lastStatus) == [.running])
        story.pass(.milliseconds(1_200))
        let tasks = try story.tasks("one")
        #expect(tasks.count == 2)
        let end = try #require(tasks.first { $0.instance == story["a"].instance })
        #expect(end.lastStatus == .stopped && end.stopCode == .terminationNotice)
        #expect(end.stoppedReason?.contains("(a) was lost: its agent went silent") == true)
        #expect(end.stoppedReason?.contains("muster:on-lost") == true)
        story.pass(.seconds(3))
        #expect(try story.places("one") == "b")
    }

    @Test("So does that of a host that died; a closed connection shortens the wait by nothing")
    func hostDeath() throws {
        let story = try cluster("a b")
        let died = story.now
        story.kill(story["a"])
        story.pass(.milliseconds(1_100))
        #expect(story.takeWarnings() == ["worker lost"])
        story.pass(died + Self.surely + .milliseconds(-1_100) - story.now)
        #expect(try story.tasks("one").count == 1)
        story.pass(.milliseconds(1_200))
        #expect(try story.tasks("one").count == 2)
    }

    @Test("The word of a worker that comes back before counts, be it that the task runs or not")
    func comesBack() throws {
        for hasStopped in [false, true] {
            let story = try cluster("a b")
            let task = try only(story)
            story["a"].freeze()
            story.pass(.seconds(5))
            #expect(story.takeWarnings() == ["worker lost"])
            story["a"].thaw()
            story.pass(.seconds(1))
            if hasStopped { try story.report(task.id, .stopped, code: 143) }
            story.pass(.seconds(30))
            #expect(try story.tasks("one").count == (hasStopped ? 2 : 1))
            #expect(try story.isSteady("one"))
        }
    }

    @Test("After the manager's restart the whole time starts anew")
    func managerRestart() throws {
        let story = try cluster("a b")
        story["a"].freeze()
        story.pass(.seconds(7))
        story["a"].returns = false
        let restarted = story.now
        story.restartManager()
        story.pass(Self.surely + .milliseconds(-200))
        #expect(try story.tasks("one").count == 1)
        story.pass(restarted + Self.surely + .milliseconds(200) - story.now)
        #expect(try story.tasks("one").count == 2)
        _ = story.takeWarnings()
    }

    @Test("Deregistering an instance that is not connected ends nothing sooner, nor later")
    func deregistered() throws {
        let story = try cluster("a b")
        story["a"].freeze()
        story.pass(.seconds(4))
        try story.deregister("a", force: true)
        #expect(try only(story).lastStatus == .running)
        story.pass(.seconds(4))
        #expect(try story.tasks("one").count == 1)
        story.pass(.milliseconds(2_200))
        let end = try #require(try story.tasks("one").first { $0.lastStatus == .stopped })
        #expect(end.stopCode == .userInitiated)
        _ = story.takeWarnings()
    }

    @Test("With muster:failover=aws, who is deregistered long after is given up at once")
    func deregisteredLate() throws {
        let story = try cluster("a b")
        let setting = Cluster.Setting(name: "muster:failover", value: "aws")
        try story.apply(
            .createCluster(CreateCluster(cluster: Story.cluster, settings: [setting])))
        let isAWS = story.state.cluster(Story.cluster)?.failover == .aws
        story["a"].returns = false
        story.kill(story["a"])
        story.pass(.seconds(60))
        _ = story.takeWarnings()
        guard isAWS else { return }
        #expect(try story.tasks("one").count == 1)
        try story.deregister("a", force: true)
        #expect(try story.tasks("one").count == 2)
    }

    @Test("A revoked worker is waited for from when its heartbeats are surely not answered")
    func revoked() throws {
        let story = try JoiningTests().secured("b")
        let attribute = Attribute(name: "muster.capability.on-lost-stop")
        let able = ToyWorker("a", attributes: [attribute])
        try story.certify(able, story.state.joinTokensInOrder()[0], key: 9)
        story.join(able)
        try story.apply(.registerTaskDefinition(request("one")))
        try story.serve("one", 1, max: 100)
        story.pass(.seconds(3))
        able.returns = false
        try story.revoke("a")
        #expect(try only(story).lastStatus == .running)
        story.pass(.seconds(2))
        story.tellSevered()
        story.pass(Self.surely + .milliseconds(-200))
        #expect(try only(story).lastStatus == .running)
        story.pass(.milliseconds(400))
        #expect(try only(story).lastStatus == .stopped)
        _ = story.takeWarnings()
    }

    @Test("Also a task that is told to stop is replaced only when it has")
    func replaced() throws {
        let story = try cluster("a b")
        story["a"].fate = { _ in .hangs }
        try story.update("one", min: 0, force: true)
        story.pass(.seconds(5))
        let task = try only(story)
        #expect(try story.tasks("one").count == 1 && task.desiredStatus == .stopped)
        try story.report(task.id, .stopped, code: 143)
        #expect(try story.tasks("one").count == 2)
        story["a"].fate = { _ in .runs }
    }
}
