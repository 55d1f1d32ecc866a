import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import Testing

/// What a test says of tokens, certificates and rights.
extension Story {
    /// The token of a secret that is told by a number.
    @discardableResult
    func makeToken(
        _ secret: UInt8 = 1, cluster: String = "default", life: Duration = .seconds(3_600)
    ) throws -> JoinToken {
        let reference = ClusterReference(region: "us-east-1", name: cluster)
        let request = CreateJoinToken(cluster: reference, secret: fingerprint(secret), life: life)
        guard case .joinToken(let token) = try apply(.createJoinToken(request)) else {
            throw APIError(.server, "not a token")
        }
        return token
    }

    func attempt(
        _ token: JoinToken, _ name: String = "a", secret: UInt8 = 1, key: UInt8 = 1,
        cluster: String = "default", region: String = ""
    ) -> JoinAttempt {
        JoinAttempt(
            token: token.id, secret: fingerprint(secret), name: name, cluster: cluster,
            region: region, key: fingerprint(key))
    }

    /// A worker gets a certificate, by which it is known from then on.
    @discardableResult
    func certify(
        _ worker: ToyWorker, _ token: JoinToken, secret: UInt8 = 1, key: UInt8
    ) throws(WorkerRefusal) -> CertificateGrant {
        let attempt = attempt(
            token, worker.name, secret: secret, key: key, cluster: worker.cluster)
        let grant = try grant { .join($0, attempt) }
        worker.peer = .worker(grant.subject)
        return grant
    }

    @discardableResult
    func renew(
        _ worker: ToyWorker, key: UInt8, on session: SessionID?
    ) throws(WorkerRefusal) -> CertificateGrant {
        let renewal = Renewal(peer: worker.peer, key: fingerprint(key), session: session)
        return try grant { .renew($0, renewal) }
    }

    private func grant(_ event: (CallID) -> Event) throws(WorkerRefusal) -> CertificateGrant {
        guard case .admitted(let grant) = try call(event) else {
            throw WorkerRefusal(.unavailable, "not a certificate")
        }
        return grant
    }

    @discardableResult
    func revoke(_ worker: String) throws(APIError) -> [WorkerIdentity] {
        guard case .workers(let workers) = try apply(.revokeWorker(Self.cluster, worker: worker))
        else { throw APIError(.server, "not workers") }
        #expect(takeWarnings().allSatisfy { $0 == "worker revoked" })
        return workers
    }

    /// The refusal that a call must get.
    func refused(
        _ location: SourceLocation = #_sourceLocation, _ body: () throws(WorkerRefusal) -> Void
    ) -> WorkerRefusal? {
        let before = state.revision
        do {
            try body()
            return nil
        } catch {
            #expect(state.revision == before, "a refusal changes nothing", sourceLocation: location)
            return error
        }
    }
}

extension ToyWorker {
    var identity: WorkerID? {
        guard case .worker(let subject) = peer else { return nil }
        return subject.worker
    }
}

/// Thirty-two times the same byte.
func fingerprint(_ byte: UInt8) -> Fingerprint {
    guard let fingerprint = Fingerprint([UInt8](repeating: byte, count: 32)) else {
        preconditionFailure("32 bytes are a fingerprint")
    }
    return fingerprint
}
