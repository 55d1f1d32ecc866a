import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import OrderedCollections
import Testing

/// DESIGN section 5, line by line.
@Suite("Silence")
struct LossTests {
    @Test("A connection that closes leaves a second; who is back within it lost nothing")
    func agentRestart() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        let before = try story.tasks("web")
        story["a"].returns = false
        story.restartAgent(story["a"])
        story.pass(.milliseconds(900))
        story["a"].returns = true
        story.pass(.seconds(10))
        #expect(try story.tasks("web") == before)
        #expect(story["a"].stops.isEmpty)
    }

    @Test(
        "Contract 3: A dead host's tasks end after that second and are replaced in that step"
    )
    func hostDeath() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 3)
        story.pass(.seconds(5))
        let lost = try #require(
            try story.tasks("web").first { $0.instance == story["a"].instance })
        story.kill(story["a"])
        story.pass(.milliseconds(950))
        #expect(try story.tasks("web").count == 3)
        let revision = story.state.revision
        story.pass(.milliseconds(100))
        #expect(story.takeWarnings() == ["worker lost"])
        #expect(try story.instance("a").agentConnected == false)
        let end = try #require(story.state.tasks[lost.id])
        #expect(end.lastStatus == .stopped && end.stopCode == .terminationNotice)
        #expect(end.stoppedReason?.contains("(a) was lost: its agent went silent") == true)
        let new = try #require(try story.tasks("web").first { $0.lastStatus == .pending })
        #expect(new.id != lost.id && new.instance != lost.instance)
        let step = story.ledger.records.filter { $0.revision > revision }
        #expect(Set(step.map(\.time)).count == 1, "loss and replacement are one step")
        story.pass(.seconds(5))
        #expect(try story.places("web").count == 5 && story.isSteady("web"))
    }

    @Test("Silence without a closed connection is borne for the lease")
    func freeze() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(5))
        story["a"].freeze()
        story.pass(.milliseconds(1_900))
        #expect(try story.tasks("web").count == 2)
        story.pass(.milliseconds(1_200))
        #expect(try story.tasks("web").count == 3)
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test(
        "Contract 4: A worker that comes back stops what was replaced, once; nothing counts twice"
    )
    func comesBack() throws {
        let story = Story(workers: "a b")
        try story.serve("web", 2)
        story.pass(.seconds(12))
        let lost = try #require(
            try story.tasks("web").first { $0.instance == story["a"].instance })
        story["a"].freeze()
        story.pass(.seconds(5))
        #expect(try story.places("web") == "b b")
        #expect(story["a"].tasks[lost.id] != nil, "the data plane goes on")
        story["a"].thaw()
        story.pass(.seconds(5))
        #expect(story["a"].stops == [lost.id] && story["a"].tasks.isEmpty)
        #expect(try story.tasks("web").count == 3)
        #expect(story.state.tasks[lost.id]?.stopCode == .terminationNotice)
        #expect(try story.instance("a").agentConnected)
        #expect(try story.isSteady("web"))
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("Contract 5: A manager that was frozen for 10 s declares nobody lost")
    func frozenManager() throws {
        let story = Story(workers: "a b c")
        try story.serve("web", 3)
        story.pass(.seconds(5))
        let revision = story.state.revision
        for _ in 0..<5 {
            story.freezeManager(.seconds(10))
            story.pass(.seconds(2))
        }
        #expect(story.state.revision == revision)
    }

    @Test("With muster:failover=aws nothing is replaced until the instance is deregistered")
    func awsFailover() throws {
        let story = Story()
        let setting = Cluster.Setting(name: "muster:failover", value: "aws")
        try story.apply(
            .createCluster(CreateCluster(cluster: Story.cluster, settings: [setting])))
        for name in ["a", "b"] { story.join(ToyWorker(name)) }
        try story.serve("web", 2)
        story.pass(.seconds(5))
        story["a"].returns = false
        story.kill(story["a"])
        story.pass(.seconds(120))
        #expect(story.takeWarnings() == ["worker lost"])
        #expect(try story.instance("a").agentConnected == false)
        #expect(try story.tasks("web").count == 2)
        try story.deregister("a", force: true)
        story.pass(.seconds(5))
        #expect(try story.places("web") == "b b" && story.isSteady("web"))
    }

    @Test("When muster:failover turns from aws to muster, who is silent already is lost, too")
    func failoverTurned() throws {
        let story = Story()
        func setting(_ value: String) -> Cluster.Setting {
            Cluster.Setting(name: "muster:failover", value: value)
        }
        try story.apply(
            .createCluster(CreateCluster(cluster: Story.cluster, settings: [setting("aws")])))
        for name in ["a", "b"] { story.join(ToyWorker(name)) }
        try story.serve("web", 2)
        story.pass(.seconds(5))
        story["a"].returns = false
        story.kill(story["a"])
        story.pass(.seconds(120))
        #expect(story.takeWarnings() == ["worker lost"])
        #expect(try story.tasks("web").count == 2)
        try story.apply(
            .updateCluster(UpdateCluster(cluster: Story.cluster, settings: [setting("muster")])))
        story.pass(.seconds(5))
        #expect(try story.places("web") == "b b" && story.isSteady("web"))
    }

    @Test(
        "With muster:failover=aws, tasks of a deregistered agent that then dies are not left behind"
    )
    func awsDeregistered() throws {
        let story = Story()
        let setting = Cluster.Setting(name: "muster:failover", value: "aws")
        try story.apply(
            .createCluster(CreateCluster(cluster: Story.cluster, settings: [setting])))
        story.join(ToyWorker("a"))
        try story.define("job")
        _ = try story.run("job")
        story["a"].freeze()
        story["a"].returns = false
        try story.deregister("a", force: true)
        story.pass(.seconds(5))
        #expect(story.state.liveTasks(on: try story.instance("a").id).isEmpty)
        #expect(story.takeWarnings() == ["worker lost"])
    }
}

@Suite("Mass silence")
struct MassSilenceTests {
    func cluster(_ count: Int) throws -> Story {
        let names = "abcdefghijklmnop".prefix(count).map { String($0) }
        let story = Story(workers: names.joined(separator: " "))
        try story.serve("web", count)
        story.pass(.seconds(5))
        return story
    }

    func silence(_ story: Story, _ count: Int) {
        for worker in story.workers.prefix(count) { worker.freeze() }
    }

    @Test("More than half of twelve: the manager suspects itself, says so, and waits")
    func held() throws {
        let story = try cluster(12)
        silence(story, 7)
        story.pass(.seconds(10))
        let warnings = story.takeWarnings()
        #expect(warnings.count { $0 == "worker lost" } == 7)
        #expect(warnings.count { $0 == "mass silence: replacements held" } == 1)
        #expect(try story.tasks("web").allSatisfy { $0.lastStatus == .running })
        #expect(try story.tasks("web").count == 12)
        #expect(try story.events("web").last?.contains("is holding replacements for 60 s") == true)
        #expect(
            try story.run("web", 10).tasks.allSatisfy { task in
                story.workers.suffix(5).contains { $0.instance == task.instance }
            })
    }

    @Test("The hold ends by itself")
    func ends() throws {
        let story = try cluster(12)
        silence(story, 7)
        story.pass(.seconds(62))
        #expect(try story.tasks("web").count == 12)
        story.pass(.seconds(8))
        #expect(try story.places("web").split(separator: " ").count == 12)
        #expect(try story.tasks("web").count == 19 && story.isSteady("web"))
        _ = story.takeWarnings()
    }

    @Test("An operator ends it sooner, or prolongs it")
    func operators() throws {
        let story = try cluster(12)
        let resolve = { Command.resolveMassSilence(Story.cluster, $0) }
        #expect(
            story.refusal(of: resolve(.replace))
                == "ClientException: No replacements are being held in cluster default.")
        silence(story, 7)
        story.pass(.seconds(50))
        _ = story.takeWarnings()
        try story.apply(resolve(.hold))
        story.pass(.seconds(50))
        #expect(try story.tasks("web").count == 12)
        try story.apply(resolve(.replace))
        #expect(try story.tasks("web").count == 19)
        story.pass(.seconds(5))
        #expect(try story.isSteady("web"))
    }

    @Test("Who comes back kept its tasks; when all have, nothing is held any more")
    func comeBack() throws {
        let story = try cluster(12)
        silence(story, 7)
        story.pass(.seconds(10))
        let before = try story.tasks("web")
        for worker in story.workers { worker.thaw() }
        story.pass(.seconds(5))
        #expect(try story.tasks("web") == before && story.isSteady("web"))
        _ = story.takeWarnings()
        story.kill(story["a"])
        story.pass(.seconds(2))
        #expect(try story.tasks("web").count == 13, "a later loss is an ordinary one")
        #expect(story.takeWarnings() == ["worker lost"])
    }

    @Test("Half of twelve, or any part of nine, is not suspicious", arguments: [(12, 6), (9, 8)])
    func ordinary(workers: Int, silent: Int) throws {
        let story = try cluster(workers)
        silence(story, silent)
        story.pass(.seconds(6))
        #expect(try story.tasks("web").count == workers + silent)
        #expect(story.takeWarnings() == Array(repeating: "worker lost", count: silent))
    }

    @Test("While held, a deployment stops nothing that counts on silent tasks")
    func deploymentWhileHeld() throws {
        let story = try cluster(12)
        silence(story, 7)
        story.pass(.seconds(5))
        _ = story.takeWarnings()
        try story.define("web")
        try story.update("web", to: 2)
        story.pass(.milliseconds(1_000))
        #expect(try story.tasks("web").allSatisfy { $0.desiredStatus == .running })
        for worker in story.workers { worker.thaw() }
        story.pass(.seconds(10))
        #expect(try story.isSteady("web"))
    }

    @Test("A manager that restarts in a hold gives up no sooner, and not never")
    func restart() throws {
        let story = try cluster(12)
        silence(story, 7)
        story.pass(.seconds(10))
        _ = story.takeWarnings()
        story.restartManager()
        story.pass(.seconds(10))
        #expect(try story.tasks("web").count == 12)
        #expect(story.takeWarnings().contains("mass silence: replacements held"))
        story.pass(.seconds(60))
        #expect(try story.tasks("web").count == 19 && story.isSteady("web"))
    }
}
