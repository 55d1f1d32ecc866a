/// Who rolls out a service's revisions.
public enum ServiceController: String, Sendable, Codable {
    /// Muster, by rolling deployments.
    case ecs = "ECS"
    /// A program of the user's, by task sets.
    case external = "EXTERNAL"
}

/// A part of a service with the ``ServiceController/external`` controller: tasks of one definition,
/// as many as a percentage of the service's desired count.
public struct TaskSet: Hashable, Sendable, Codable, Identifiable {
    /// Shown as `ecs-svc/<19 digits>`; what its tasks name as their deployment.
    public let id: DeploymentID
    public let taskDefinition: TaskDefinitionKey
    public let launchType: LaunchType
    /// Percent, 0-100.
    public var scale: Double
    /// What the service's own members show; at most one is.
    public var isPrimary = false
    /// It was deleted, and goes with its last task.
    public var isDraining = false
    /// Whether its tasks are as many as they should be and all run.
    public var isSteady = false
    public var stabilityAt: WallTime
    public let externalID: String?
    public let clientToken: String?
    public var tags: [Tag]
    public let createdAt: WallTime
    public var updatedAt: WallTime

    public init(
        id: DeploymentID, taskDefinition: TaskDefinitionKey, launchType: LaunchType = .ec2,
        scale: Double = 0, externalID: String? = nil, clientToken: String? = nil,
        tags: [Tag] = [], createdAt: WallTime
    ) {
        self.id = id
        self.taskDefinition = taskDefinition
        self.launchType = launchType
        self.scale = scale
        self.stabilityAt = createdAt
        self.externalID = externalID
        self.clientToken = clientToken
        self.tags = tags
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }

    /// Its share of a service's desired count, rounded up.
    public func desiredCount(of total: Int) -> Int {
        guard !isDraining else { return 0 }
        // A share that is whole but for the error of a fraction is not rounded up.
        return Int((Double(total) * scale / 100 - 1e-9).rounded(.up))
    }
}

extension KeyedDecodingContainer {
    func decode(_ type: ServiceController.Type, forKey key: Key) throws -> ServiceController {
        try decodeIfPresent(type, forKey: key) ?? .ecs
    }

    func decode(_ type: [TaskSet].Type, forKey key: Key) throws -> [TaskSet] {
        try decodeIfPresent(type, forKey: key) ?? []
    }
}

/// What CreateTaskSet asks for.
public struct CreateTaskSet: Hashable, Sendable {
    public var service: ServiceReference
    public var taskDefinition: TaskDefinitionReference
    public var launchType: LaunchType
    public var scale: Double
    public var externalID: String?
    public var clientToken: String?
    public var tags: [Tag]

    public init(
        service: ServiceReference, taskDefinition: TaskDefinitionReference,
        launchType: LaunchType = .ec2, scale: Double = 0, externalID: String? = nil,
        clientToken: String? = nil, tags: [Tag] = []
    ) {
        self.service = service
        self.taskDefinition = taskDefinition
        self.launchType = launchType
        self.scale = scale
        self.externalID = externalID
        self.clientToken = clientToken
        self.tags = tags
    }
}
