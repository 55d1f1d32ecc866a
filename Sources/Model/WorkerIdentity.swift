/// A worker that joined: what its certificate stands for, as the manager keeps it.
public struct WorkerIdentity: Hashable, Sendable, Codable, Identifiable {
    public let id: WorkerID
    public let cluster: ClusterID
    /// As the worker last called itself; for people.
    public var name: String
    /// Of its public key. Who joins with the same key again is the same worker.
    public let key: Fingerprint
    /// The token it last joined with.
    public var token: JoinTokenID
    public var joinedAt: WallTime
    /// When the newest certificate ends.
    public var certificateEndsAt: WallTime
    public var revokedAt: WallTime?

    public init(
        id: WorkerID, cluster: ClusterID, name: String, key: Fingerprint, token: JoinTokenID,
        joinedAt: WallTime, certificateEndsAt: WallTime, revokedAt: WallTime? = nil
    ) {
        self.id = id
        self.cluster = cluster
        self.name = name
        self.key = key
        self.token = token
        self.joinedAt = joinedAt
        self.certificateEndsAt = certificateEndsAt
        self.revokedAt = revokedAt
    }
}

/// Whom a worker's certificate names.
public struct WorkerSubject: Hashable, Sendable {
    public var region: String
    /// The cluster's name.
    public var cluster: String
    public var worker: WorkerID

    public init(region: String, cluster: String, worker: WorkerID) {
        self.region = region
        self.cluster = cluster
        self.worker = worker
    }
}

/// Who is at the other end of a worker's connection, as far as the connection proves it.
public enum Peer: Hashable, Sendable {
    /// Anybody: the manager serves without TLS.
    case unproven
    /// TLS without a certificate: may join and nothing else.
    case anonymous
    case worker(WorkerSubject)
}

/// Leave for a certificate: the manager's shell signs one with these times once the decision is
/// durable.
public struct CertificateGrant: Hashable, Sendable {
    public var subject: WorkerSubject
    public var issuedAt: WallTime
    public var endsAt: WallTime

    public init(subject: WorkerSubject, issuedAt: WallTime, endsAt: WallTime) {
        self.subject = subject
        self.issuedAt = issuedAt
        self.endsAt = endsAt
    }
}
