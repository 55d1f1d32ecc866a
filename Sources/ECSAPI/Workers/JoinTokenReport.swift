/// Join tokens as `muster token list` shows them; no secrets. Times are milliseconds since 1970.
public struct JoinTokenReport: Codable, Hashable, Sendable {
    public var tokens: [Token]

    public struct Token: Codable, Hashable, Sendable {
        public var id: String
        public var region: String
        public var cluster: String
        public var createdAt: Int64
        public var endsAt: Int64
        /// `VALID`, `EXPIRED` or `REVOKED`.
        public var state: String
    }
}

/// A join token that was just made: the only time that its secret is told.
public struct NewJoinToken: Codable, Hashable, Sendable {
    public var id: String
    /// What a worker is given.
    public var token: String
    public var endsAt: Int64
}

/// Workers whose right was ended.
public struct RevokedWorkers: Codable, Hashable, Sendable {
    public var workers: [Worker]

    public struct Worker: Codable, Hashable, Sendable {
        public var id: String
        public var name: String
        /// The token it joined with, if that would still let it join anew.
        public var validToken: String?
    }
}
