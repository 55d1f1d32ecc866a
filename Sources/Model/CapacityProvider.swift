/// A group of workers as something that a strategy can prefer: ECS's capacity provider, whose Auto
/// Scaling group is here the workers that say they are of that group. It belongs to a region, and
/// clusters choose among them.
public struct CapacityProvider: Hashable, Sendable, Codable {
    public enum Status: String, Sendable, Codable {
        case active = "ACTIVE"
        case inactive = "INACTIVE"
    }

    /// What last happened to it.
    public enum UpdateStatus: String, Sendable, Codable {
        case createComplete = "CREATE_COMPLETE"
        case updateComplete = "UPDATE_COMPLETE"
        case deleteComplete = "DELETE_COMPLETE"
    }

    public let reference: CapacityProviderReference
    public var status: Status
    public var updateStatus: UpdateStatus
    /// The name of the group.
    public let group: String
    public var tags: [Tag]
    public var createdAt: WallTime
    /// `autoScalingGroupProvider`, defaults filled in.
    public var document: Document

    public init(
        reference: CapacityProviderReference, status: Status = .active,
        updateStatus: UpdateStatus = .createComplete, group: String, tags: [Tag] = [],
        createdAt: WallTime, document: Document = .empty
    ) {
        self.reference = reference
        self.status = status
        self.updateStatus = updateStatus
        self.group = group
        self.tags = tags
        self.createdAt = createdAt
        self.document = document
    }

    /// The attribute by which a worker says of which group it is.
    public static let groupAttribute = "muster.group"
}

/// How a request names a capacity provider.
public struct CapacityProviderReference: Hashable, Comparable, Sendable, Codable {
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

/// A provider's part in a strategy: so many tasks at least, and of the others a share.
public struct CapacityProviderShare: Hashable, Sendable, Codable {
    public var provider: String
    public var weight: Int
    public var base: Int

    public init(provider: String, weight: Int = 0, base: Int = 0) {
        self.provider = provider
        self.weight = weight
        self.base = base
    }
}

public struct CreateCapacityProvider: Hashable, Sendable {
    public var reference: CapacityProviderReference
    public var group: String
    public var tags: [Tag]
    public var document: Document

    public init(
        reference: CapacityProviderReference, group: String, tags: [Tag] = [],
        document: Document = .empty
    ) {
        self.reference = reference
        self.group = group
        self.tags = tags
        self.document = document
    }
}

/// The providers that a cluster may use, and the strategy of what names none.
public struct PutClusterCapacityProviders: Hashable, Sendable {
    public var cluster: ClusterReference
    public var providers: [String]
    public var strategy: [CapacityProviderShare]

    public init(
        cluster: ClusterReference, providers: [String], strategy: [CapacityProviderShare]
    ) {
        self.cluster = cluster
        self.providers = providers
        self.strategy = strategy
    }
}
