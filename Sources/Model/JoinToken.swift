/// Leave to join a cluster, as the manager keeps it. Who shows the secret gets a certificate, as
/// often as it is shown until the token ends.
public struct JoinToken: Hashable, Sendable, Codable, Identifiable {
    public let id: JoinTokenID
    public let cluster: ClusterID
    /// Of the secret, which is kept nowhere.
    public let secret: Fingerprint
    public let createdAt: WallTime
    public let endsAt: WallTime
    public var revokedAt: WallTime?

    public init(
        id: JoinTokenID, cluster: ClusterID, secret: Fingerprint, createdAt: WallTime,
        endsAt: WallTime, revokedAt: WallTime? = nil
    ) {
        self.id = id
        self.cluster = cluster
        self.secret = secret
        self.createdAt = createdAt
        self.endsAt = endsAt
        self.revokedAt = revokedAt
    }

    public enum Standing: String, Hashable, Sendable {
        case valid = "VALID"
        case expired = "EXPIRED"
        case revoked = "REVOKED"
    }

    public func standing(at now: WallTime) -> Standing {
        if revokedAt != nil { return .revoked }
        return endsAt <= now ? .expired : .valid
    }
}
