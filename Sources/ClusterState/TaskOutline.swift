public import Model

/// What decisions on a service need to know of a task, small and flat: services can have thousands
/// of tasks, and are looked at whenever one of them changes.
public struct TaskOutline: Hashable, Sendable {
    public let instance: InstanceID
    private let origin: Shared<TaskOrigin>
    public let createdAt: WallTime
    private let protectedUntil: SparseTime
    public let desiredStatus: DesiredStatus
    public let lastStatus: TaskStatus
    public let health: HealthStatus
    private let startedTime: SparseTime

    init(_ task: ECSTask) {
        instance = task.instance
        origin = task.origin
        createdAt = task.createdAt
        protectedUntil = SparseTime(task.protectedUntil)
        desiredStatus = task.desiredStatus
        lastStatus = task.lastStatus
        health = task.health
        startedTime = SparseTime(task.startedAt)
    }

    public var deployment: DeploymentID? { origin.value.deployment }
    public var startedAt: WallTime? { startedTime.time }
    public var hasHealthCheck: Bool { origin.value.hasHealthCheck ?? false }
    public var onLost: OnLost? { origin.value.onLost }
    public var capacityProvider: String? { origin.value.capacityProvider }

    public func isProtected(at now: WallTime) -> Bool {
        protectedUntil.time.map { $0 > now } ?? false
    }
}
