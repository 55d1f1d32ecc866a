/// One roll-out of a revision by a service, as DescribeServices shows it. Its number is that of the
/// ``ServiceRevision`` which it rolls out; a rollback makes an earlier one PRIMARY again.
public struct Deployment: Hashable, Sendable, Codable, Identifiable {
    public enum RolloutState: String, Sendable, Codable {
        case inProgress = "IN_PROGRESS"
        case completed = "COMPLETED"
        /// It launches nothing any more.
        case failed = "FAILED"
    }

    public let id: DeploymentID
    public var taskDefinition: TaskDefinitionKey
    public var rolloutState: RolloutState
    public var rolloutStateReason: String
    /// Consecutive tasks that failed to start; 0 once one runs.
    public var failedTasks: Int
    public var tally: DeploymentTally
    /// The record of what is being done with it now, if anything is.
    public var serviceDeployment: ServiceDeploymentID?
    /// When tasks are started again after some failed, if not before.
    public var nextStartAt: WallTime?
    public var createdAt: WallTime
    public var updatedAt: WallTime

    public init(
        id: DeploymentID, taskDefinition: TaskDefinitionKey,
        rolloutState: RolloutState = .inProgress, rolloutStateReason: String = "",
        failedTasks: Int = 0, serviceDeployment: ServiceDeploymentID? = nil, createdAt: WallTime,
        updatedAt: WallTime
    ) {
        self.id = id
        self.taskDefinition = taskDefinition
        self.rolloutState = rolloutState
        self.rolloutStateReason = rolloutStateReason
        self.failedTasks = failedTasks
        self.tally = DeploymentTally()
        self.serviceDeployment = serviceDeployment
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// What the decisions on a deployment keep count of beside ``Deployment/failedTasks``.
public struct DeploymentTally: Hashable, Sendable, Codable {
    /// Whether one of its tasks came to run and stayed.
    public var hasRun = false
    /// Consecutive tasks that ended soon after they ran (`muster:crash-loop`).
    public var crashes = 0
    /// How many tasks it had when a newer deployment took its place: as many are kept up.
    public var held = 0

    public init() {}
}
