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
    /// Newest first. The first is PRIMARY, the others ACTIVE until their last task has stopped.
    public var deployments: [Deployment]
    public var enableManagedTags: Bool
    public var propagateTags: TagPropagation
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
        deployments: [Deployment], enableManagedTags: Bool = false,
        propagateTags: TagPropagation = .none, clientToken: String? = nil, tags: [Tag] = [],
        createdAt: WallTime, document: Document = .empty
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
        self.deployments = deployments
        self.enableManagedTags = enableManagedTags
        self.propagateTags = propagateTags
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

/// The bounds of a rolling deployment, in percent of the desired count.
public struct DeploymentConfiguration: Hashable, Sendable, Codable {
    public var minimumHealthyPercent: Int
    public var maximumPercent: Int

    public init(minimumHealthyPercent: Int = 100, maximumPercent: Int = 200) {
        self.minimumHealthyPercent = minimumHealthyPercent
        self.maximumPercent = maximumPercent
    }
}

/// One roll-out of a task definition by a service.
public struct Deployment: Hashable, Sendable, Codable, Identifiable {
    public enum RolloutState: String, Sendable, Codable {
        case inProgress = "IN_PROGRESS"
        case completed = "COMPLETED"
        case failed = "FAILED"
    }

    public let id: DeploymentID
    public var taskDefinition: TaskDefinitionKey
    public var rolloutState: RolloutState
    public var rolloutStateReason: String
    /// Consecutive tasks that failed to start; 0 once one runs.
    public var failedTasks: Int
    public var createdAt: WallTime
    public var updatedAt: WallTime

    public init(
        id: DeploymentID, taskDefinition: TaskDefinitionKey,
        rolloutState: RolloutState = .inProgress, rolloutStateReason: String = "",
        failedTasks: Int = 0, createdAt: WallTime, updatedAt: WallTime
    ) {
        self.id = id
        self.taskDefinition = taskDefinition
        self.rolloutState = rolloutState
        self.rolloutStateReason = rolloutStateReason
        self.failedTasks = failedTasks
        self.createdAt = createdAt
        self.updatedAt = updatedAt
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
