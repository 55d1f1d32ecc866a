/// Names one revision of a family within a region.
public struct TaskDefinitionKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var region: String
    public var family: String
    public var revision: Int

    public init(region: String, family: String, revision: Int) {
        self.region = region
        self.family = family
        self.revision = revision
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.region, left.family, left.revision) < (right.region, right.family, right.revision)
    }

    /// `family:revision`.
    public var description: String { "\(family):\(revision)" }
}

public enum NetworkMode: String, Sendable, Codable {
    case bridge, host, awsvpc, none
}

/// A blueprint of tasks: one immutable revision of a family.
public struct TaskDefinition: Hashable, Sendable, Codable {
    public enum Status: String, Sendable, Codable {
        case active = "ACTIVE"
        case inactive = "INACTIVE"
        case deleteInProgress = "DELETE_IN_PROGRESS"
    }

    public let key: TaskDefinitionKey
    public var status: Status
    public var containers: [ContainerDefinition]
    public var networkMode: NetworkMode
    /// `nil`: each container has processes of its own.
    public var pidMode: NamespaceSharing?
    /// `nil` leaves it to the runtime.
    public var ipcMode: NamespaceSharing?
    /// Task-level CPU units (1024 a core), if set.
    public var cpu: Int?
    /// Task-level memory in MiB, if set.
    public var memory: Int?
    public var placementConstraints: [PlacementConstraint]
    /// Attributes that an instance must have to run this, derived from the definition
    /// (`requiresAttributes` in the API).
    public var requiredAttributes: [Attribute]
    public var tags: [Tag]
    public var registeredAt: WallTime
    public var deregisteredAt: WallTime?
    public var deleteRequestedAt: WallTime?
    /// The whole definition in the API's form, defaults filled in.
    public var document: Document

    public init(
        key: TaskDefinitionKey, status: Status = .active, containers: [ContainerDefinition],
        networkMode: NetworkMode = .bridge, pidMode: NamespaceSharing? = nil,
        ipcMode: NamespaceSharing? = nil, cpu: Int? = nil, memory: Int? = nil,
        placementConstraints: [PlacementConstraint] = [], requiredAttributes: [Attribute] = [],
        tags: [Tag] = [], registeredAt: WallTime, deregisteredAt: WallTime? = nil,
        document: Document = .empty
    ) {
        self.key = key
        self.status = status
        self.containers = containers
        self.networkMode = networkMode
        self.pidMode = pidMode
        self.ipcMode = ipcMode
        self.cpu = cpu
        self.memory = memory
        self.placementConstraints = placementConstraints
        self.requiredAttributes = requiredAttributes
        self.tags = tags
        self.registeredAt = registeredAt
        self.deregisteredAt = deregisteredAt
        self.document = document
    }
}
