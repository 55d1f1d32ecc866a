/// Access keys as `muster key list` shows them; no secrets. Times are milliseconds since 1970.
public struct AccessKeyReport: Codable, Hashable, Sendable {
    public var keys: [Key]

    public struct Key: Codable, Hashable, Sendable {
        public var id: String
        public var name: String
        public var readOnly: Bool
        public var createdAt: Int64
        public var revokedAt: Int64?

        public init(
            id: String, name: String, readOnly: Bool, createdAt: Int64, revokedAt: Int64? = nil
        ) {
            self.id = id
            self.name = name
            self.readOnly = readOnly
            self.createdAt = createdAt
            self.revokedAt = revokedAt
        }
    }

    public init(keys: [Key]) {
        self.keys = keys
    }
}

/// An access key that was just made: the only time that its secret is told.
public struct NewAccessKey: Codable, Hashable, Sendable {
    public var id: String
    public var secret: String

    public init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }
}

/// What is left when a key was revoked.
public struct RevokedAccessKey: Codable, Hashable, Sendable {
    public var id: String
    /// Keys that are good for everything.
    public var writingKeys: Int

    public init(id: String, writingKeys: Int) {
        self.id = id
        self.writingKeys = writingKeys
    }
}
