import HeapModule
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
    // The groups come in no order, which does no harm: no two heaps' elements compare as equal.
    public static func order(_ occupants: [Occupant]) -> [TaskID] {
        var zones = Heap(
            Dictionary(grouping: occupants, by: \.zone).values.map { Zone($0) })
        var order: [TaskID] = []
        order.reserveCapacity(occupants.count)
        while var zone = zones.popMax() {
            if let task = zone.giveUp() { order.append(task) }
            if zone.count > 0 { zones.insert(zone) }
        }
        return order
    }

    /// The occupants of one instance; the next to go is the last.
    private struct Seats: Comparable {
        var occupants: [Occupant]

        /// - Parameter occupants: At least one.
        init(_ occupants: [Occupant]) {
            self.occupants = occupants.sorted {
                ($0.createdAt, $1.task) < ($1.createdAt, $0.task)
            }
        }

        static func < (left: Self, right: Self) -> Bool {
            guard left.occupants.count == right.occupants.count else {
                return left.occupants.count < right.occupants.count
            }
            guard let next = left.occupants.last, let other = right.occupants.last else {
                return false
            }
            return (next.createdAt, other.task) < (other.createdAt, next.task)
        }
    }

    private struct Zone: Comparable {
        var instances: Heap<Seats>
        var count: Int

        init(_ occupants: [Occupant]) {
            instances = Heap(
                Dictionary(grouping: occupants, by: \.instance).values.map { Seats($0) })
            count = occupants.count
        }

        mutating func giveUp() -> TaskID? {
            guard var seats = instances.popMax(), let next = seats.occupants.popLast() else {
                return nil
            }
            if !seats.occupants.isEmpty { instances.insert(seats) }
            count -= 1
            return next.task
        }

        static func < (left: Self, right: Self) -> Bool {
            guard left.count == right.count else { return left.count < right.count }
            guard let seats = left.instances.max, let others = right.instances.max else {
                return false
            }
            return seats < others
        }

        static func == (left: Self, right: Self) -> Bool {
            left.count == right.count && left.instances.max == right.instances.max
        }
    }
}
