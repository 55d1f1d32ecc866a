/// A cluster: the namespace of services, tasks and container instances.
public struct Cluster: Hashable, Sendable, Codable, Identifiable {
    public enum Status: String, Sendable, Codable {
        case active = "ACTIVE"
        case inactive = "INACTIVE"
    }

    /// What becomes of the tasks of an instance that went silent.
    public enum Failover: String, Sendable, Codable {
        /// They are replaced when the lease runs out.
        case muster
        /// Nothing is replaced until the instance is deregistered, as AWS does.
        case aws
    }

    public struct Setting: Hashable, Sendable, Codable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The name of the setting that chooses ``Failover``.
    public static let failoverSetting = "muster:failover"

    /// The name of ECS's setting for metrics; what an account sets of it is for new clusters.
    public static let insightsSetting = "containerInsights"

    public let id: ClusterID
    public var region: String
    public var name: String
    public var status: Status
    public var settings: [Setting]
    /// The capacity providers that it may use; `nil` means none.
    public var capacityProviders: [String]?
    /// For what names neither a strategy nor a launch type; `nil` means none.
    public var defaultCapacityProviderStrategy: [CapacityProviderShare]?
    public var tags: [Tag]
    public var createdAt: WallTime
    /// `configuration`, `serviceConnectDefaults` and the like, as given.
    public var document: Document

    public init(
        id: ClusterID, region: String, name: String, status: Status = .active,
        settings: [Setting] = [], capacityProviders: [String]? = nil,
        defaultCapacityProviderStrategy: [CapacityProviderShare]? = nil, tags: [Tag] = [],
        createdAt: WallTime, document: Document = .empty
    ) {
        self.id = id
        self.region = region
        self.name = name
        self.status = status
        self.settings = settings
        self.capacityProviders = capacityProviders
        self.defaultCapacityProviderStrategy = defaultCapacityProviderStrategy
        self.tags = tags
        self.createdAt = createdAt
        self.document = document
    }

    public var failover: Failover {
        settings.last { $0.name == Self.failoverSetting }
            .flatMap { Failover(rawValue: $0.value) } ?? .muster
    }
}
