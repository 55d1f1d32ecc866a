/// The record of one roll-out from its beginning to its end, its rollback included. It outlives the
/// ``Deployment`` that it is about, and goes with its service.
public struct ServiceDeployment: Hashable, Sendable, Codable, Identifiable {
    public enum Status: String, Sendable, Codable, CaseIterable {
        case pending = "PENDING"
        case inProgress = "IN_PROGRESS"
        case successful = "SUCCESSFUL"
        case stopRequested = "STOP_REQUESTED"
        case stopped = "STOPPED"
        case rollbackRequested = "ROLLBACK_REQUESTED"
        case rollbackInProgress = "ROLLBACK_IN_PROGRESS"
        case rollbackSuccessful = "ROLLBACK_SUCCESSFUL"
        case rollbackFailed = "ROLLBACK_FAILED"

        /// Whether nothing comes after it.
        public var isFinal: Bool {
            switch self {
            case .successful, .stopped, .rollbackSuccessful, .rollbackFailed: true
            case .pending, .inProgress, .stopRequested, .rollbackRequested, .rollbackInProgress:
                false
            }
        }
    }

    /// The way back to an earlier revision.
    public struct Rollback: Hashable, Sendable, Codable {
        public var reason: String
        public var startedAt: WallTime
        public var revision: DeploymentID

        public init(reason: String, startedAt: WallTime, revision: DeploymentID) {
            self.reason = reason
            self.startedAt = startedAt
            self.revision = revision
        }
    }

    public let id: ServiceDeploymentID
    public let service: ServiceID
    /// The revision that it is to bring.
    public let target: DeploymentID
    /// The revisions that had tasks when it began.
    public let sources: [DeploymentID]
    public var status: Status
    public var statusReason: String?
    /// As the service was configured when it began.
    public var configuration: DeploymentConfiguration
    /// What the circuit breaker counted, once it is over; until then the ``Deployment`` counts.
    public var failureCount: Int?
    public var threshold: Int?
    /// Whether the circuit breaker ended it.
    public var isTripped: Bool
    public var rollback: Rollback?
    public var createdAt: WallTime
    public var startedAt: WallTime?
    public var finishedAt: WallTime?
    public var stoppedAt: WallTime?
    public var updatedAt: WallTime

    public init(
        id: ServiceDeploymentID, service: ServiceID, target: DeploymentID,
        sources: [DeploymentID] = [], status: Status = .pending,
        configuration: DeploymentConfiguration = .init(), createdAt: WallTime
    ) {
        self.id = id
        self.service = service
        self.target = target
        self.sources = sources
        self.status = status
        self.configuration = configuration
        self.isTripped = false
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }
}

/// What a service runs, as it was when a deployment of it began. It never changes.
public struct ServiceRevision: Hashable, Sendable, Codable, Identifiable {
    public let id: DeploymentID
    public let service: ServiceID
    public let taskDefinition: TaskDefinitionKey
    public let launchType: LaunchType
    /// The service's members of the API's shape that no decision reads, as they were.
    public let document: Document
    public let createdAt: WallTime

    public init(
        id: DeploymentID, service: ServiceID, taskDefinition: TaskDefinitionKey,
        launchType: LaunchType, document: Document = .empty, createdAt: WallTime
    ) {
        self.id = id
        self.service = service
        self.taskDefinition = taskDefinition
        self.launchType = launchType
        self.document = document
        self.createdAt = createdAt
    }
}

/// How a deployment that is under way is ended.
public enum ServiceDeploymentStop: String, Hashable, Sendable {
    /// Back to the last revision that was completed.
    case rollback = "ROLLBACK"
    /// No further: what runs stays.
    case abort = "ABORT"
}
