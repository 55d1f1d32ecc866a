import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Certificates end, and rights with them")
struct RevocationTests {
    func secured(_ names: String, settings: ManagerSettings = .init()) throws -> Story {
        try JoiningTests().secured(names, settings: settings)
    }

    var shortLife: ManagerSettings {
        var settings = ManagerSettings()
        settings.workerCertificateLife = .seconds(60)
        return settings
    }

    @Test("A revoked worker's tasks run elsewhere in the same step, and it is told why for ever")
    func revoke() throws {
        let story = try secured("a b")
        try story.serve("web", 2)
        story.pass(.seconds(3))
        #expect(try story.places("web") == "a b")
        let identity = try #require(story["a"].identity)
        let session = try #require(story["a"].session)
        story["a"].returns = false
        #expect(try story.revoke("a").map(\.id) == [identity])
        #expect(story.expelled == [identity])
        #expect(!story.renew(session), "the lease is gone")
        #expect(try story.instance("a").agentConnected == false)
        story.pass(.seconds(1))
        #expect(try story.places("web") == "b b")
        let stopped = try story.tasks("web").filter { $0.lastStatus == .stopped }
        #expect(stopped.map(\.stopCode) == [.terminationNotice])
        #expect(stopped[0].stoppedReason?.hasSuffix("was lost: its worker was revoked") == true)

        for _ in 0..<2 {
            let calls: [(CallID) -> Event] = [
                { .register($0, story["a"].registration, from: story["a"].peer) },
                { .renew($0, Renewal(peer: story["a"].peer, key: fingerprint(1), session: nil)) },
                { .join($0, story.attempt(story.state.joinTokensInOrder()[0])) },
            ]
            for event in calls {
                let refusal = story.refused { () throws(WorkerRefusal) in _ = try story.call(event)
                }
                #expect(refusal?.code == .permissionDenied)
                #expect(refusal?.message.contains("\(identity) (a) was revoked") == true)
            }
            let late = story.refused { () throws(WorkerRefusal) in
                _ = try story.call { .report($0, session, []) }
            }
            #expect(late?.code == .staleSession)
            story["b"].returns = true
            story.restartManager()
            story.pass(.seconds(1))
        }
        let again = ToyWorker("a2")
        try story.certify(again, story.state.joinTokensInOrder()[0], key: 7)
        story.join(again)
    }

    @Test("A worker is revoked by its name, its instance's id or its own, and only once")
    func names() throws {
        let story = try secured("a b c")
        let instance = try #require(story["b"].instance)
        let identity = try #require(story["c"].identity)
        for worker in story.workers { worker.returns = false }
        #expect(try story.revoke("a").map(\.name) == ["a"])
        #expect(try story.revoke("\(instance)").map(\.name) == ["b"])
        #expect(try story.revoke("\(identity)").map(\.name) == ["c"])
        #expect(story.expelled == story.workers.compactMap(\.identity))
        let revision = story.state.revision
        #expect(try story.revoke("c").count == 1)
        #expect(story.state.revision == revision)
        #expect(
            story.refusal(of: .revokeWorker(Story.cluster, worker: "d"))
                .contains("No worker that joined cluster default is called d"))
    }

    @Test("A cluster that fails over as AWS does keeps a revoked worker's tasks")
    func aws() throws {
        let story = Story()
        try story.apply(
            .createCluster(
                CreateCluster(
                    cluster: Story.cluster,
                    settings: [.init(name: Cluster.failoverSetting, value: "aws")])))
        let token = try story.makeToken()
        try story.certify(ToyWorker("a"), token, key: 1)
        let worker = ToyWorker("a")
        try story.certify(worker, token, key: 1)
        story.join(worker)
        try story.serve("web", 1)
        story.pass(.seconds(3))
        worker.returns = false
        try story.revoke("a")
        #expect(try story.places("web") == "a")
    }

    @Test("A renewed certificate goes on; one that is not closes its connection at its end")
    func renewal() throws {
        let story = try secured("a b", settings: shortLife)
        story.pass(.seconds(40))
        let grant = try story.renew(story["a"], key: 1, on: story["a"].session)
        #expect(grant.endsAt == story.moment.wall + .seconds(60))
        let wrongKey = story.refused { () throws(WorkerRefusal) in
            try story.renew(story["a"], key: 2, on: story["a"].session)
        }
        #expect(wrongKey?.code == .invalidArgument)
        story.pass(.seconds(19))
        #expect(story.expelled.isEmpty)
        story["b"].returns = false
        story.pass(.seconds(2))
        #expect(story.expelled == [try #require(story["b"].identity)])
        #expect(
            story.takeWarnings()
                == ["worker did not renew its certificate; its connection is closed"])
        story.restartAgent(story["b"])
        let refusal = story.refused { () throws(WorkerRefusal) in try story.register(story["b"]) }
        #expect(refusal?.code == .unauthenticated)
        #expect(refusal?.message.contains("has ended; join again") == true)
    }

    @Test("Who joins again with its key, after its certificate ended, is the same instance")
    func joinAgain() throws {
        let story = try secured("a", settings: shortLife)
        let instance = story["a"].instance
        let identity = story["a"].identity
        story["a"].returns = false
        story.kill(story["a"])
        story.pass(.seconds(200))
        _ = story.takeWarnings()
        story["a"].startAgain()
        try story.certify(story["a"], story.state.joinTokensInOrder()[0], key: 1)
        #expect(story["a"].identity == identity)
        story.join(story["a"])
        #expect(story["a"].instance == instance)
        let before = story.expelled.count
        story.pass(.seconds(61))
        #expect(story.expelled.count == before + 1, "the new certificate's end is seen in time")
        _ = story.takeWarnings()
    }

    @Test("An identity is forgotten when its certificate and its instance are gone")
    func forgotten() throws {
        var settings = shortLife
        settings.retention = .seconds(100)
        let story = try secured("a", settings: settings)
        let token = story.state.joinTokensInOrder()[0]
        try story.certify(ToyWorker("never"), token, key: 9)
        story["a"].returns = false
        story.kill(story["a"])
        story.pass(.seconds(170))
        #expect(story.state.workers.count == 1, "one has an instance")
        try story.deregister("a")
        story.pass(.seconds(700))
        #expect(story.state.workers.isEmpty)
        _ = story.takeWarnings()
    }

    @Test("A jump of civil time is noticed, if late")
    func clockJump() throws {
        let story = try secured("a", settings: shortLife)
        story["a"].returns = false
        story.jumpWallClock(by: .seconds(3_600))
        let refusal = story.refused { () throws(WorkerRefusal) in try story.register(story["a"]) }
        #expect(refusal?.message.contains("has ended") == true)
        story.pass(.seconds(61))
        #expect(story.expelled.count == 1)
        _ = story.takeWarnings()
    }
}
