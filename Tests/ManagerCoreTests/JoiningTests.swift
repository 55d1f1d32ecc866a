import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

@Suite("Who may be a worker")
struct JoiningTests {
    /// Workers that joined and registered, each with a key of its own.
    func secured(_ names: String, settings: ManagerSettings = .init()) throws -> Story {
        let story = Story(settings: settings)
        let token = try story.makeToken()
        for (index, name) in names.split(separator: " ").enumerated() {
            let worker = ToyWorker(String(name))
            try story.certify(worker, token, key: UInt8(index + 1))
            story.join(worker)
        }
        return story
    }

    @Test("A token gives a certificate, with which the worker registers; over a restart too")
    func join() throws {
        let story = Story()
        let token = try story.makeToken()
        let worker = ToyWorker("a")
        let grant = try story.certify(worker, token, key: 1)
        #expect(grant.subject.cluster == "default" && grant.subject.region == "us-east-1")
        #expect(grant.issuedAt == story.moment.wall)
        #expect(grant.endsAt == story.moment.wall + .seconds(86_400))
        story.join(worker)
        #expect(try story.instance("a").worker == grant.subject.worker)
        #expect(story.state.workers[grant.subject.worker]?.token == token.id)
        story.restartManager()
        story.pass(.milliseconds(100))
        #expect(try story.instance("a").worker == grant.subject.worker)
        #expect(try story.instance("a").epoch == 2)
    }

    @Test("A token is good for many, each with an identity of its own")
    func many() throws {
        let story = try secured("a b c")
        #expect(Set(story.workers.compactMap(\.identity)).count == 3)
        #expect(story.state.instances.count == 3)
    }

    @Test("A token that is not known, has expired, was revoked or is another cluster's")
    func badTokens() throws {
        let story = Story()
        let token = try story.makeToken(1, life: .seconds(60))
        var strange = story.attempt(token)
        strange.token = JoinTokenID(high: 1, low: 2)
        let guessed = story.attempt(token, secret: 2)
        for attempt in [strange, guessed] {
            let refusal = story.refused { () throws(WorkerRefusal) in
                _ = try story.call { .join($0, attempt) }
            }
            #expect(refusal?.code == .unauthenticated)
            #expect(refusal?.message.contains("knows no such join token") == true)
        }
        for attempt in [
            story.attempt(token, cluster: "prod"), story.attempt(token, region: "eu-west-1"),
        ] {
            let refusal = story.refused { () throws(WorkerRefusal) in
                _ = try story.call { .join($0, attempt) }
            }
            #expect(refusal?.code == .permissionDenied)
            #expect(refusal?.message.contains("is for cluster default in region us-east-1") == true)
        }
        story.pass(.seconds(60))
        let late = story.refused { () throws(WorkerRefusal) in
            _ = try story.call { .join($0, story.attempt(token)) }
        }
        #expect(late?.code == .unauthenticated && late?.message.contains("has expired") == true)
        let other = try story.makeToken(3)
        try story.apply(.revokeJoinToken(other.id))
        let revoked = story.refused { () throws(WorkerRefusal) in
            _ = try story.call { .join($0, story.attempt(other, secret: 3)) }
        }
        #expect(revoked?.code == .unauthenticated)
        #expect(revoked?.message.contains("was revoked") == true)
        #expect(story.state.workers.isEmpty)
    }

    @Test("A token's cluster must be there; default comes with its first token")
    func clusters() throws {
        let story = Story()
        let request = CreateJoinToken(
            cluster: .init(region: "us-east-1", name: "prod"), secret: fingerprint(1),
            life: .seconds(60))
        #expect(
            story.refusal(of: .createJoinToken(request))
                == "ClusterNotFoundException: Cluster not found.")
        try story.makeToken()
        #expect(story.state.cluster(Story.cluster)?.status == .active)
        let reference = ClusterReference(region: "us-east-1", name: "prod")
        try story.apply(.createCluster(CreateCluster(cluster: reference)))
        let token = try story.makeToken(2, cluster: "prod")
        try story.apply(.deleteCluster(reference))
        let refusal = story.refused { () throws(WorkerRefusal) in
            _ = try story.call { .join($0, story.attempt(token, secret: 2, cluster: "prod")) }
        }
        #expect(refusal?.message.contains("was deleted") == true)
    }

    @Test("Registering takes a certificate, and its cluster")
    func certificates() throws {
        let story = try secured("a")
        let stranger = ToyWorker("b")
        stranger.peer = .anonymous
        let first = story.refused { () throws(WorkerRefusal) in try story.register(stranger) }
        #expect(first?.code == .unauthenticated && first?.message.contains("join first") == true)
        let subject = WorkerSubject(
            region: "us-east-1", cluster: "default", worker: WorkerID(high: 5, low: 5))
        stranger.peer = .worker(subject)
        let second = story.refused { () throws(WorkerRefusal) in try story.register(stranger) }
        #expect(second?.code == .unauthenticated)
        #expect(second?.message.contains("does not know worker \(subject.worker)") == true)
        let reference = ClusterReference(region: "us-east-1", name: "prod")
        try story.apply(.createCluster(CreateCluster(cluster: reference)))
        story["a"].cluster = "prod"
        let third = story.refused { () throws(WorkerRefusal) in try story.register(story["a"]) }
        #expect(third?.code == .permissionDenied)
        #expect(third?.message.contains("certificate is for cluster default") == true)
        story["a"].cluster = "default"
    }

    @Test("Nobody registers as another's instance")
    func foreignInstance() throws {
        let story = try secured("a b")
        let victim = try #require(story["a"].instance)
        story["a"].returns = false
        story.restartAgent(story["a"])
        let thief = ToyWorker("a", instance: victim)
        thief.peer = story["b"].peer
        let refusal = story.refused { () throws(WorkerRefusal) in try story.register(thief) }
        #expect(refusal?.code == .permissionDenied)
        #expect(refusal?.message.contains("\(victim) (a) belongs to another worker") == true)
    }

    @Test("A copy of an identity gets nothing while the first is connected")
    func copy() throws {
        let story = try secured("a")
        let copy = ToyWorker("a", instance: story["a"].instance)
        copy.peer = story["a"].peer
        copy.agent = AgentID(high: 9, low: 9)
        let first = story.refused { () throws(WorkerRefusal) in try story.register(copy) }
        #expect(first?.code == .alreadyExists)
        copy.instance = nil
        let second = story.refused { () throws(WorkerRefusal) in try story.register(copy) }
        #expect(second?.code == .alreadyExists)
        let third = story.refused { () throws(WorkerRefusal) in
            try story.renew(copy, key: 1, on: nil)
        }
        #expect(third?.code == .alreadyExists)
        #expect(third?.message.contains("data folder copied") == true)
        try story.renew(story["a"], key: 1, on: story["a"].session)
    }

    @Test("A worker that lost its instance's id gets it back by its certificate")
    func lostInstance() throws {
        let story = try secured("a")
        let id = story["a"].instance
        story.restartAgent(story["a"])
        story["a"].instance = nil
        story.pass(.milliseconds(100))
        #expect(story["a"].instance == id)
        #expect(story.state.instances.count == 1)
    }

    @Test("An instance from before TLS goes to the worker of its name, and then to no other")
    func fromBeforeTLS() throws {
        let story = Story(workers: "a")
        let token = try story.makeToken()
        story["a"].returns = false
        let other = ToyWorker("b", instance: story["a"].instance)
        try story.certify(other, token, key: 2)
        try story.certify(story["a"], token, key: 1)
        story.restartAgent(story["a"])
        let refusal = story.refused { () throws(WorkerRefusal) in try story.register(other) }
        #expect(refusal?.code == .permissionDenied)
        let before = try #require(story["a"].instance)
        story.join(story["a"])
        #expect(story["a"].instance == before)
        #expect(try story.instance("a").worker == story["a"].identity)
    }

    @Test("Tokens have a bound, and a life within bounds")
    func bounds() throws {
        let story = Story()
        for life in [Duration.zero, .seconds(367 * 86_400)] {
            let request = CreateJoinToken(
                cluster: Story.cluster, secret: fingerprint(1), life: life)
            #expect(story.refusal(of: .createJoinToken(request)).contains("seconds"))
        }
        for _ in 0..<ManagerSettings.joinTokensMaximum { try story.makeToken() }
        let request = CreateJoinToken(
            cluster: Story.cluster, secret: fingerprint(1), life: .seconds(60))
        #expect(story.refusal(of: .createJoinToken(request)).contains("LimitExceededException"))
        #expect(
            story.refusal(of: .revokeJoinToken(JoinTokenID(high: 1, low: 1)))
                .contains("ResourceNotFoundException"))
    }

    @Test("Tokens that have ended are shown for a while, then forgotten")
    func tokensAreForgotten() throws {
        let story = Story()
        let short = try story.makeToken(1, life: .seconds(60))
        let long = try story.makeToken(2, life: .seconds(100_000))
        let revoked = try story.makeToken(3, life: .seconds(100_000))
        try story.apply(.revokeJoinToken(revoked.id))
        story.pass(.seconds(3_000))
        #expect(story.state.joinTokens.count == 3)
        #expect(story.state.joinTokens[short.id]?.standing(at: story.moment.wall) == .expired)
        story.restartManager()
        story.pass(.seconds(1_300))
        #expect(story.state.joinTokensInOrder().map(\.id) == [long.id])
    }
}
