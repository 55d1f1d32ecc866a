/// Where a task is in its life, in the order of ECS. A task may skip steps but never goes back
/// (ECS Developer Guide, "Amazon ECS task lifecycle").
public enum TaskStatus: Int, Comparable, Sendable, Codable, CaseIterable {
    case provisioning, pending, activating, running, deactivating, stopping, deprovisioning, stopped

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The name on the wire, such as `RUNNING`.
    public var name: String {
        switch self {
        case .provisioning: "PROVISIONING"
        case .pending: "PENDING"
        case .activating: "ACTIVATING"
        case .running: "RUNNING"
        case .deactivating: "DEACTIVATING"
        case .stopping: "STOPPING"
        case .deprovisioning: "DEPROVISIONING"
        case .stopped: "STOPPED"
        }
    }
}

/// What the manager wants of a task. ECS never wants `PENDING`.
public enum DesiredStatus: String, Sendable, Codable {
    case running = "RUNNING"
    case stopped = "STOPPED"
}

/// Where a container is in its life; it never goes back.
public enum ContainerStatus: Int, Comparable, Sendable, Codable {
    case pending, running, stopped

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var name: String {
        switch self {
        case .pending: "PENDING"
        case .running: "RUNNING"
        case .stopped: "STOPPED"
        }
    }
}

public enum HealthStatus: String, Sendable, Codable {
    case healthy = "HEALTHY"
    case unhealthy = "UNHEALTHY"
    case unknown = "UNKNOWN"
}

/// Why a task stopped, as ECS classifies it.
public enum StopCode: String, Sendable, Codable {
    case taskFailedToStart = "TaskFailedToStart"
    case essentialContainerExited = "EssentialContainerExited"
    case userInitiated = "UserInitiated"
    case serviceSchedulerInitiated = "ServiceSchedulerInitiated"
    case spotInterruption = "SpotInterruption"
    case terminationNotice = "TerminationNotice"
}

/// Where a container may run. Muster's workers are `EC2` (or `EXTERNAL`, which means the same
/// here).
public enum LaunchType: String, Sendable, Codable {
    case ec2 = "EC2"
    case external = "EXTERNAL"
}
