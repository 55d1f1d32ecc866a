public import Model

/// A running task as a candidate for being stopped.
public struct Occupant: Hashable, Sendable {
    public var task: TaskID
    public var instance: InstanceID
    public var zone: String?
    public var createdAt: WallTime

    public init(task: TaskID, instance: InstanceID, zone: String?, createdAt: WallTime) {
        self.task = task
        self.instance = instance
        self.zone = zone
        self.createdAt = createdAt
    }
}

/// The order in which a service gives up tasks: each time the one whose going leaves the evenest
/// spread - from the fullest zone, there from the instance with most of the service's tasks, there
/// the youngest (ECS Developer Guide, "task placement strategies", scale-in).
public enum ScaleIn {
    public static func order(_ occupants: [Occupant]) -> [TaskID] {
        var left = occupants.sorted { $0.task < $1.task }
        var zones: [String?: Int] = [:]
        var instances: [InstanceID: Int] = [:]
        for occupant in left {
            zones[occupant.zone, default: 0] += 1
            instances[occupant.instance, default: 0] += 1
        }
        var order: [TaskID] = []
        while !left.isEmpty {
            let rank = { (occupant: Occupant) in
                (
                    zones[occupant.zone] ?? 0, instances[occupant.instance] ?? 0,
                    occupant.createdAt.milliseconds
                )
            }
            var best = 0
            for index in left.indices.dropFirst() where rank(left[index]) > rank(left[best]) {
                best = index
            }
            let occupant = left.remove(at: best)
            zones[occupant.zone, default: 0] -= 1
            instances[occupant.instance, default: 0] -= 1
            order.append(occupant.task)
        }
        return order
    }
}
