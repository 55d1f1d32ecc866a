/// A log group of CloudWatch Logs that a client made, changed or deleted. Those that only task
/// definitions name need no such record.
///
/// One that was deleted stays as its own mark: what containers wrote until then is with their
/// workers still, and is not shown.
public struct LogGroup: Hashable, Sendable, Codable {
    public let reference: LogGroupReference
    public var createdAt: WallTime
    /// Days after which events are not shown; `nil` means never.
    public var retentionInDays: Int?
    public var tags: [Tag]
    /// When it was last deleted: events until then are not shown.
    public var deletedAt: WallTime?
    public var isDeleted: Bool

    public init(
        reference: LogGroupReference, createdAt: WallTime, retentionInDays: Int? = nil,
        tags: [Tag] = [], deletedAt: WallTime? = nil, isDeleted: Bool = false
    ) {
        self.reference = reference
        self.createdAt = createdAt
        self.retentionInDays = retentionInDays
        self.tags = tags
        self.deletedAt = deletedAt
        self.isDeleted = isDeleted
    }
}

/// How a request names a log group.
public struct LogGroupReference: Hashable, Comparable, Sendable, Codable {
    public var region: String
    public var name: String

    public init(region: String, name: String) {
        self.region = region
        self.name = name
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.region, left.name) < (right.region, right.name)
    }
}

/// A group as a request to change it finds it.
public struct KnownLogGroup: Hashable, Sendable {
    public var reference: LogGroupReference
    /// Since when task definitions have named it; `nil` when none does. Only who reads definitions'
    /// documents knows, which the core does not.
    public var namedSince: WallTime?

    public init(reference: LogGroupReference, namedSince: WallTime?) {
        self.reference = reference
        self.namedSince = namedSince
    }
}

/// What may be changed of a log group.
public enum LogGroupChange: Hashable, Sendable {
    /// In days; `nil` means for ever.
    case retention(Int?)
    case tag([Tag])
    case untag(keys: [String])
}
