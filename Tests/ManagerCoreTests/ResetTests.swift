import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import OrderedCollections
import Testing

@Suite("A reset for test suites")
struct ResetTests {
    static var settings: ManagerSettings {
        var settings = ManagerSettings()
        settings.allowsReset = true
        return settings
    }

    /// A cluster in which much goes on and much is waited for.
    private func busy(_ story: Story) throws {
        try story.apply(story.provide("red"))
        try story.apply(story.put(["red"]))
        let setting = AccountSetting(
            key: .init(region: "us-east-1", principal: "root", name: "containerInsights"),
            value: "enabled")
        try story.apply(.putAccountSetting(setting))
        let logs = LogGroupReference(region: "us-east-1", name: "/ecs/web")
        try story.apply(
            .createLogGroup(KnownLogGroup(reference: logs, namedSince: nil), tags: []))
        for region in ["us-east-1", "eu-west-1"] {
            let other = ClusterReference(region: region, name: "other")
            try story.apply(.createCluster(CreateCluster(cluster: other)))
        }
        try story.serve("web", 3)
        story.pass(.seconds(3))
        // A rollout that goes on, one that crashes and is throttled, one that finds no room.
        try story.define("web", cpu: 300)
        try story.update("web", to: 2)
        for worker in story.workers {
            worker.fate = { $0.family == "sick" ? .ends(after: .zero, code: 1) : .runs }
        }
        try story.serve("sick", 2)
        try story.define("huge", cpu: 100_000)
        try story.serve("huge", 1)
        #expect(try story.run("web", 2, token: "once").tasks.count == 2)
        story.pass(.seconds(2))
        _ = story.takeWarnings()
    }

    private func reset(_ story: Story) throws {
        #expect(try story.apply(.reset) == .done)
        #expect(story.takeWarnings() == ["everything was reset"])
    }

    private func expectFresh(_ state: ClusterState, clusters: [String]) {
        #expect(state.tasks.isEmpty && state.services.isEmpty && state.instances.isEmpty)
        #expect(state.serviceDeployments.isEmpty && state.serviceRevisions.isEmpty)
        #expect(state.definitions.isEmpty && state.families(region: "us-east-1").isEmpty)
        #expect(state.capacityProviders.isEmpty && state.accountSettings.isEmpty)
        #expect(state.logGroups.isEmpty)
        #expect(state.clusters.values.map(\.name).sorted() == clusters)
        for cluster in state.clusters.values {
            #expect(
                cluster
                    == Cluster(
                        id: cluster.id, region: cluster.region, name: cluster.name,
                        settings: cluster.settings, createdAt: cluster.createdAt))
        }
    }

    @Test("is refused by a manager that was not told that it may")
    func disabled() {
        let story = Story(workers: "a")
        #expect(story.refusal(of: .reset).contains("--enable-test-reset"))
        #expect(story.state.instances.count == 1)
    }

    @Test("leaves no object and nothing that is waited for; workers come back with nothing")
    func everything() throws {
        let story = Story(workers: "a b", settings: Self.settings)
        try busy(story)
        let ran = story.state.tasks.count
        #expect(ran > 5)
        let before = story.workers.compactMap(\.instance)
        try reset(story)
        expectFresh(story.state, clusters: ["default"])
        #expect(story.core.nextWake == nil, "no timer is left")
        #expect(story.leases.count == 0)

        story.pass(.seconds(2))
        #expect(story.state.instances.count == 2)
        #expect(story.workers.allSatisfy { $0.tasks.isEmpty })
        #expect(story.workers.allSatisfy { !before.contains($0.instance ?? before[0]) })
        #expect(story.state.tasks.isEmpty && story.state.services.isEmpty)
        // What was refused, throttled or known by a token before is none of it now.
        #expect(try story.define("web").key.revision == 1)
        #expect(try story.run("web", 2, token: "once").tasks.count == 2)
        try story.serve("sick", 2)
        story.pass(.seconds(1))
        #expect(story.state.tasks.count >= 4)
        _ = story.takeWarnings()
    }

    @Test("stays one over a restart, and stops nobody who registers then")
    func restart() throws {
        let story = Story(workers: "a", settings: Self.settings)
        try busy(story)
        try reset(story)
        story.restartManager()
        expectFresh(story.state, clusters: ["default"])
        story.pass(.seconds(10))
        #expect(story.state.instances.count == 1 && story.workers[0].tasks.isEmpty)
    }

    @Test("keeps keys, tokens, identities and revocations, so that workers can come back")
    func identities() throws {
        let story = try JoiningTests().secured("a b c", settings: Self.settings)
        story["c"].returns = false
        let key = try AccessKeyTests.make(story, 1)
        try story.revoke("c")
        try busy(story)
        let (tokens, workers) = (story.state.joinTokens, story.state.workers)
        try reset(story)
        #expect(story.state.joinTokens == tokens && story.state.workers == workers)
        #expect(story.state.accessKeys[key.id] == key)
        expectFresh(story.state, clusters: ["default"])
        story.pass(.seconds(2))
        #expect(story.state.instances.values.map(\.name).sorted() == ["a", "b"])
        let refusal = story.refused { () throws(WorkerRefusal) in
            _ = try story.call {
                .register($0, story["c"].registration, from: story["c"].peer)
            }
        }
        #expect(refusal?.code == .permissionDenied)
        let late = ToyWorker("late")
        try story.certify(late, story.state.joinTokensInOrder()[0], key: 9)
        story.join(late)
    }

    @Test("ends what is waited for of a worker that fell silent, and of one not back since a start")
    func silent() throws {
        let story = Story(workers: "a b", settings: Self.settings)
        try busy(story)
        story["a"].freeze()
        story.pass(.seconds(1))
        try reset(story)
        story.pass(.seconds(20))
        #expect(story.state.instances.values.map(\.name) == ["b"])
        #expect(story.takeWarnings().isEmpty, "nobody was lost")

        story["b"].returns = false
        story.restartManager()
        try reset(story)
        #expect(story.leases.count == 0)
        story.pass(.seconds(20))
        expectFresh(story.state, clusters: ["default"])
    }

    @Test("twice in a row leaves the cluster of workers that are not back yet")
    func twice() throws {
        let story = Story(workers: "a b", settings: Self.settings)
        let clusters = story.state.clusters.values.map(\.name).sorted()
        try reset(story)
        try reset(story)
        #expect(story.state.clusters.values.map(\.name).sorted() == clusters)
        while story.state.instances.count < 2 { story.pass(.milliseconds(50)) }
    }

    @Test("can be had a hundred times in a row, and the same seed makes the same of it")
    func often() throws {
        func run() throws -> [String]? {
            let story = Story(workers: "a b", settings: Self.settings, keepsTranscript: true)
            for round in 0..<100 {
                try story.serve("web", 3)
                _ = try story.run("web", 1, token: "t")
                story.pass(.milliseconds(50 * Int64(round % 5)))
                try reset(story)
                #expect(story.state.tasks.isEmpty)
                while story.state.instances.count < 2 { story.pass(.milliseconds(50)) }
            }
            #expect(story.workers.allSatisfy { $0.tasks.isEmpty })
            return story.transcript
        }
        let (first, second) = (try run(), try run())
        #expect(first == second)
    }
}
