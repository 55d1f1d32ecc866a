import ClusterState
import ECSAPI
import Foundation
import Model
import Testing

@Suite("Endpoints for who may be a worker")
struct WorkerAccessTests {
    static let cluster = Cluster(
        id: ClusterID(high: 1, low: 1), region: "us-east-1", name: "prod", createdAt: .noon)
    static let secret = "2a" + String(repeating: "07", count: 31)

    static func token(_ number: UInt64, life: Duration = .seconds(60)) -> JoinToken {
        guard let secret = Fingerprint(Self.secret) else { preconditionFailure("64 digits") }
        return JoinToken(
            id: JoinTokenID(high: 0, low: number), cluster: cluster.id, secret: secret,
            createdAt: .noon, endsAt: .noon + life)
    }

    struct Maker: JoinTokenMaker {
        func makeJoinToken(
            for cluster: ClusterReference, life: Duration
        ) async throws(APIError) -> (token: JoinToken, text: String) {
            (token(1, life: life), "muster-1-\(cluster.region)-\(cluster.name)")
        }
    }

    func endpoint(
        _ plane: FakeControlPlane, maker: (any JoinTokenMaker)? = Maker()
    ) -> WorkerAccessEndpoint {
        WorkerAccessEndpoint(defaultRegion: "us-east-1", controlPlane: plane, maker: maker)
    }

    func refusal(_ body: () async throws(APIError) -> some Any) async -> APIError? {
        do throws(APIError) {
            _ = try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test("A token is made for the cluster and the time that are asked for, a day by default")
    func create() async throws {
        let endpoint = endpoint(FakeControlPlane())
        let body = Array(#"{"cluster": "prod", "region": "eu-west-1", "seconds": 90}"#.utf8)
        let made = try JSONDecoder().decode(
            NewJoinToken.self, from: Data(try await endpoint.createToken(body)))
        #expect(made.token == "muster-1-eu-west-1-prod")
        #expect(made.endsAt == (WallTime.noon + .seconds(90)).milliseconds)
        let usual = try JSONDecoder().decode(
            NewJoinToken.self, from: Data(try await endpoint.createToken([])))
        #expect(usual.token == "muster-1-us-east-1-default")
        #expect(usual.endsAt == (WallTime.noon + .seconds(86_400)).milliseconds)
    }

    @Test("Where none can be made, or the request is wrong, it says so")
    func refused() async throws {
        let none = endpoint(FakeControlPlane(), maker: nil)
        let unsupported = await refusal { () async throws(APIError) in
            try await none.createToken([])
        }
        #expect(unsupported?.code == .unsupportedFeature)
        let endpoint = endpoint(FakeControlPlane())
        let wrong = Array("[]".utf8)
        for call in [endpoint.createToken, endpoint.revokeToken] {
            let error = await refusal { () async throws(APIError) in try await call(wrong) }
            #expect(error?.code == .serialization)
        }
        let unnamed = await refusal { () async throws(APIError) in
            try await endpoint.revokeWorker([], at: .noon)
        }
        #expect(unnamed?.code == .invalidParameter)
        let unknown = await refusal { () async throws(APIError) in
            try await endpoint.revokeToken(Array(#"{"id": "x"}"#.utf8))
        }
        #expect(unknown?.code == .invalidParameter)
    }

    @Test("The list shows what becomes of each token, and no secret")
    func list() throws {
        var state = State()
        var revoked = Self.token(3)
        revoked.revokedAt = .noon
        state.put(
            .cluster(Self.cluster), .joinToken(Self.token(1)),
            .joinToken(Self.token(2, life: .seconds(1))), .joinToken(revoked))
        let bytes = try endpoint(FakeControlPlane(state)).tokens(at: .noon + .seconds(30))
        #expect(!String(decoding: bytes, as: UTF8.self).contains(Self.secret))
        let report = try JSONDecoder().decode(JoinTokenReport.self, from: Data(bytes))
        #expect(report.tokens.map(\.state) == ["VALID", "EXPIRED", "REVOKED"])
        #expect(Set(report.tokens.map(\.cluster)) == ["prod"])
    }

    @Test("A revoked worker's token is named while it would let it join anew")
    func revoke() async throws {
        let worker = WorkerIdentity(
            id: WorkerID(high: 0, low: 9), cluster: Self.cluster.id, name: "w",
            key: Self.token(1).secret, token: Self.token(1).id, joinedAt: .noon,
            certificateEndsAt: .noon)
        var state = State()
        state.put(.cluster(Self.cluster), .joinToken(Self.token(1)))
        let plane = FakeControlPlane(state) { _, _ throws(APIError) in .workers([worker]) }
        let body = Array(#"{"worker": "w", "cluster": "prod"}"#.utf8)
        let bytes = try await endpoint(plane).revokeWorker(body, at: .noon)
        let revoked = try JSONDecoder().decode(RevokedWorkers.self, from: Data(bytes))
        #expect(revoked.workers.map(\.name) == ["w"])
        #expect(revoked.workers[0].validToken == "\(Self.token(1).id)")
        let reference = ClusterReference(region: "us-east-1", name: "prod")
        #expect(plane.submitted == [.revokeWorker(reference, worker: "w")])
        let late = try await endpoint(plane).revokeWorker(body, at: .noon + .seconds(61))
        #expect(!String(decoding: late, as: UTF8.self).contains("validToken"))
    }

    @Test("Workers are sent to the managers that are given, one of them or all")
    func redirect() async throws {
        let instance = ContainerInstance(
            id: InstanceID(high: 0, low: 5), cluster: Self.cluster.id, name: "w", epoch: 1,
            registered: Resources(cpu: 1, memory: 1), version: 1, registeredAt: .noon)
        let plane = FakeControlPlane { _, _ throws(APIError) in
            .instances([instance], missing: [])
        }
        let one = #"{"worker": "w", "to": ["m2:4567", "[::1]:4567"], "cluster": "prod"}"#
        let bytes = try await endpoint(plane).redirectWorkers(Array(one.utf8))
        let told = try JSONDecoder().decode(RedirectedWorkers.self, from: Data(bytes))
        #expect(told.workers.map(\.name) == ["w"])
        #expect(told.workers.map(\.instance) == ["\(instance.id)"])
        let all = #"{"all": true, "to": ["m2:1"], "seconds": 30, "region": "eu-west-1"}"#
        _ = try await endpoint(plane).redirectWorkers(Array(all.utf8))
        #expect(
            plane.submitted == [
                .redirectWorkers(
                    RedirectWorkers(
                        cluster: ClusterReference(region: "us-east-1", name: "prod"), worker: "w",
                        managers: ["m2:4567", "[::1]:4567"])),
                .redirectWorkers(
                    RedirectWorkers(
                        cluster: ClusterReference(region: "eu-west-1", name: "default"),
                        worker: nil, managers: ["m2:1"], within: 30_000)),
            ])
    }

    @Test(
        "A wish to send workers nowhere, or to what is no address, is refused",
        arguments: [
            #"{"to": ["m2:1"]}"#, #"{"worker": "w", "all": true, "to": ["m2:1"]}"#,
            #"{"worker": "w"}"#, #"{"worker": "w", "to": []}"#, #"{"all": true, "to": ["m2"]}"#,
            #"{"all": true, "to": ["m2:0"]}"#, #"{"all": true, "to": ["m2:70000"]}"#,
            #"{"all": true, "to": [":1"]}"#, #"{"all": true, "to": ["::1:1"]}"#,
            #"{"all": true, "to": ["m 2:1"]}"#,
            #"{"all": true, "to": ["m2:1"], "seconds": 61}"#,
            #"{"all": true, "to": ["m2:1"], "seconds": -1}"#,
        ])
    func redirectRefused(body: String) async {
        let plane = FakeControlPlane()
        let error = await refusal { () async throws(APIError) in
            try await endpoint(plane).redirectWorkers(Array(body.utf8))
        }
        #expect(error?.code == .invalidParameter)
        #expect(plane.submitted.isEmpty)
    }
}
