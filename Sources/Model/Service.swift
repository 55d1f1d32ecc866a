/// A service keeps a desired number of tasks of a definition running.
public struct Service: Hashable, Sendable, Codable, Identifiable {
    public enum Status: String, Sendable, Codable {
        case active = "ACTIVE"
        case draining = "DRAINING"
        case inactive = "INACTIVE"
    }

    public let id: ServiceID
    public let cluster: ClusterID
    public var name: String
    public var status: Status
    public var desiredCount: Int
    public var deploymentConfiguration: DeploymentConfiguration
    public var placementConstraints: [PlacementConstraint]
    public var placementStrategy: [PlacementStrategy]
    public var launchType: LaunchType
    public var schedulingStrategy: SchedulingStrategy
    public var controller: ServiceController
    /// Of ``ServiceController/external``, oldest first; then there are no ``deployments``.
    public var taskSets: [TaskSet]
    /// Newest first. The first is PRIMARY, the others ACTIVE until their last task has stopped.
    public var deployments: [Deployment]
    /// The newest deployment that is COMPLETED, to which a failed one is rolled back. While that is
    /// being done there is none: it must complete again first (ECS Developer Guide, "deployment
    /// circuit breaker").
    public var lastCompleted: DeploymentID?
    public var enableManagedTags: Bool
    public var propagateTags: TagPropagation
    /// Whether commands may be run in the tasks that it starts from now on; `nil` means no.
    public var takesCommands: Bool?
    /// `nil` means that it was never said: DISABLED.
    public var availabilityZoneRebalancing: AvailabilityZoneRebalancing?
    /// Over which groups of workers its tasks are, and how; `nil` means over all alike.
    public var capacityProviderStrategy: [CapacityProviderShare]?
    /// Seconds from a task's start in which it is not found unhealthy; `nil` means none.
    public var healthCheckGracePeriod: Int?
    public var clientToken: String?
    public var tags: [Tag]
    public var createdAt: WallTime
    /// Members of the API's shape that no decision reads (role, network configuration, …), as
    /// given.
    public var document: Document

    public init(
        id: ServiceID, cluster: ClusterID, name: String, status: Status = .active,
        desiredCount: Int, deploymentConfiguration: DeploymentConfiguration = .init(),
        placementConstraints: [PlacementConstraint] = [],
        placementStrategy: [PlacementStrategy] = [], launchType: LaunchType = .ec2,
        schedulingStrategy: SchedulingStrategy = .replica,
        controller: ServiceController = .ecs, taskSets: [TaskSet] = [],
        deployments: [Deployment],
        lastCompleted: DeploymentID? = nil, enableManagedTags: Bool = false,
        propagateTags: TagPropagation = .none, takesCommands: Bool? = nil,
        availabilityZoneRebalancing: AvailabilityZoneRebalancing? = nil,
        capacityProviderStrategy: [CapacityProviderShare]? = nil,
        healthCheckGracePeriod: Int? = nil, clientToken: String? = nil,
        tags: [Tag] = [], createdAt: WallTime, document: Document = .empty
    ) {
        self.id = id
        self.cluster = cluster
        self.name = name
        self.status = status
        self.desiredCount = desiredCount
        self.deploymentConfiguration = deploymentConfiguration
        self.placementConstraints = placementConstraints
        self.placementStrategy = placementStrategy
        self.launchType = launchType
        self.schedulingStrategy = schedulingStrategy
        self.controller = controller
        self.taskSets = taskSets
        self.deployments = deployments
        self.lastCompleted = lastCompleted
        self.enableManagedTags = enableManagedTags
        self.propagateTags = propagateTags
        self.takesCommands = takesCommands
        self.availabilityZoneRebalancing = availabilityZoneRebalancing
        self.capacityProviderStrategy = capacityProviderStrategy
        self.healthCheckGracePeriod = healthCheckGracePeriod
        self.clientToken = clientToken
        self.tags = tags
        self.createdAt = createdAt
        self.document = document
    }
}

/// Whose tags a new task takes.
public enum TagPropagation: String, Sendable, Codable {
    case taskDefinition = "TASK_DEFINITION"
    case service = "SERVICE"
    case none = "NONE"
}

/// How many tasks a service wants, and where.
public enum SchedulingStrategy: String, Sendable, Codable {
    /// A desired number, wherever there is room.
    case replica = "REPLICA"
    /// One on each instance that meets the constraints.
    case daemon = "DAEMON"
}

/// How a service's deployments go: their bounds in percent of the desired count, and what ends one
/// that gets nowhere.
public struct DeploymentConfiguration: Hashable, Sendable, Codable {
    public var minimumHealthyPercent: Int
    public var maximumPercent: Int
    public var circuitBreaker: CircuitBreakerSettings

    public init(
        minimumHealthyPercent: Int = 100, maximumPercent: Int = 200,
        circuitBreaker: CircuitBreakerSettings = .init()
    ) {
        self.minimumHealthyPercent = minimumHealthyPercent
        self.maximumPercent = maximumPercent
        self.circuitBreaker = circuitBreaker
    }
}

/// Whether a deployment whose tasks keep failing is given up, and undone.
public struct CircuitBreakerSettings: Hashable, Sendable, Codable {
    public var enable: Bool
    public var rollback: Bool

    public init(enable: Bool = false, rollback: Bool = false) {
        self.enable = enable
        self.rollback = rollback
    }

    /// As many failed tasks fail a deployment: half of the desired count, at least 3 and at most
    /// 200 (ECS Developer Guide, "deployment circuit breaker").
    public static func threshold(desiredCount: Int) -> Int {
        let half = desiredCount / 2 + desiredCount % 2
        return min(max(half, 3), 200)
    }
}

/// A line of a service's story, as DescribeServices shows it.
public struct ServiceEvent: Hashable, Sendable, Codable {
    public let service: ServiceID
    /// Grows by one with each event of the service.
    public var sequence: Int
    public var id: Identifier<ServiceEvent>
    public var createdAt: WallTime
    public var message: String

    public init(
        service: ServiceID, sequence: Int, id: Identifier<ServiceEvent>, createdAt: WallTime,
        message: String
    ) {
        self.service = service
        self.sequence = sequence
        self.id = id
        self.createdAt = createdAt
        self.message = message
    }
}

/// Members that journals from before them lack get what was true then.
extension KeyedDecodingContainer {
    func decode(_ type: SchedulingStrategy.Type, forKey key: Key) throws -> SchedulingStrategy {
        try decodeIfPresent(type, forKey: key) ?? .replica
    }

    func decode(
        _ type: CircuitBreakerSettings.Type, forKey key: Key
    ) throws -> CircuitBreakerSettings {
        try decodeIfPresent(type, forKey: key) ?? CircuitBreakerSettings()
    }

    func decode(_ type: DeploymentTally.Type, forKey key: Key) throws -> DeploymentTally {
        try decodeIfPresent(type, forKey: key) ?? DeploymentTally()
    }
}
