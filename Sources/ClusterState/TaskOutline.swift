public import Model

/// What decisions on a service need to know of a task, small and flat: services can have thousands
/// of tasks, and are looked at whenever one of them changes.
public struct TaskOutline: Hashable, Sendable {
    public let instance: InstanceID
    public let deployment: DeploymentID?
    public let desiredStatus: DesiredStatus
    public let lastStatus: TaskStatus
    public let createdAt: WallTime
    public let onLost: OnLost?
    public let capacityProvider: String?
    private let protectedUntil: WallTime?

    init(_ task: ECSTask) {
        instance = task.instance
        deployment = task.deployment
        desiredStatus = task.desiredStatus
        lastStatus = task.lastStatus
        createdAt = task.createdAt
        onLost = task.onLost
        capacityProvider = task.capacityProvider
        protectedUntil = task.protectedUntil
    }

    public func isProtected(at now: WallTime) -> Bool {
        protectedUntil.map { $0 > now } ?? false
    }
}
