import HeapModule
public import Model

/// A running task as a candidate for being stopped.
public struct Occupant: Hashable, Sendable {
    public var task: TaskID
    public var instance: InstanceID
    public var createdAt: WallTime
    /// What its going sets free.
    public var resources: Resources
    /// It counts where it is, and is never given up.
    public var isProtected: Bool

    public init(
        task: TaskID, instance: InstanceID, createdAt: WallTime,
        resources: Resources = Resources(), isProtected: Bool = false
    ) {
        self.task = task
        self.instance = instance
        self.createdAt = createdAt
        self.resources = resources
        self.isProtected = isProtected
    }
}

/// The order in which a service gives up tasks: each time the one whose going leaves the best by
/// the strategies by which the service places them (ECS Developer Guide, "task placement
/// strategies", scale-in).
///
/// - spread: from the value of the attribute, or the instance, with most of the service's tasks;
/// - binpack: from the instance with most free once the task is gone;
/// - random: any of what is left.
///
/// Each keeps what the one before it left; in the end the youngest goes, then the least id.
public enum ScaleIn {
    /// An instance that tasks would leave.
    public struct Host: Hashable, Sendable {
        public var attributes: [Attribute]
        public var freeCPU: Int
        public var freeMemory: Int

        public init(attributes: [Attribute] = [], freeCPU: Int = 0, freeMemory: Int = 0) {
            self.attributes = attributes
            self.freeCPU = freeCPU
            self.freeMemory = freeMemory
        }
    }

    /// - Parameters:
    ///   - occupants: In any order; it makes no difference.
    ///   - random: Drawn from by the strategy that says so, else left alone.
    /// - Returns: Those that are not protected.
    public static func order(
        _ occupants: [Occupant], on hosts: [InstanceID: Host], by strategies: [PlacementStrategy],
        using random: inout SeededRandom
    ) -> [TaskID] {
        var leaving = Leaving(occupants, on: hosts, by: strategies, using: &random)
        var order: [TaskID] = []
        order.reserveCapacity(occupants.count)
        while let task = leaving.next() { order.append(task) }
        return order
    }
}

/// The occupants, in groups of instances that have the same values of all attributes over which a
/// strategy spreads: only their counts change for many instances at once. Within a group a heap has
/// the instances, and what is given up moves one of them.
private struct Leaving {
    private let keys: [LeavingKey]
    private var groups: [Group] = []
    /// For each strategy, how many tasks each value of its attribute has.
    private var counts: [[Int]]

    init(
        _ occupants: [Occupant], on hosts: [InstanceID: ScaleIn.Host],
        by strategies: [PlacementStrategy], using random: inout SeededRandom
    ) {
        keys = strategies.map { LeavingKey($0) }
        counts = keys.map { _ in [] }
        let isDrawn = keys.contains(.draw)
        var numbers: [[String?: Int]] = keys.map { _ in [:] }
        var known: [[Int]: Int] = [:]
        // Draws and numbers must not depend on the order in which the occupants come.
        let sorted = occupants.sorted { ($0.instance, $0.task) < ($1.instance, $1.task) }
        var start = 0
        while start < sorted.count {
            let instance = sorted[start].instance
            let end = sorted[start...].firstIndex { $0.instance != instance } ?? sorted.count
            let host = hosts[instance] ?? ScaleIn.Host()
            let values = number(host, holding: end - start, &numbers)
            var seats = Seats(host: host, count: end - start)
            for occupant in sorted[start..<end] where !occupant.isProtected {
                let draw = isDrawn ? random.next() : 0
                seats.leavers.append(Leaver(occupant, by: keys, draw: draw))
            }
            start = end
            guard !seats.leavers.isEmpty else { continue }
            seats.leavers.sort()
            seats.rank(by: keys)
            let group = known[values] ?? groups.count
            if group == groups.count {
                known[values] = group
                groups.append(Group(values: values))
            }
            groups[group].seats.insert(seats)
        }
    }

    /// The number of a host's value for each strategy that spreads over an attribute, 0 for the
    /// others; hosts without the attribute are together. Counts the tasks there.
    private mutating func number(
        _ host: ScaleIn.Host, holding count: Int, _ numbers: inout [[String?: Int]]
    ) -> [Int] {
        keys.indices.map { place in
            guard case .attribute(let name) = keys[place] else { return 0 }
            let value = host.attributes.first { $0.name == name }.map { $0.value ?? "" }
            let number = numbers[place][value] ?? counts[place].count
            if number == counts[place].count {
                numbers[place][value] = number
                counts[place].append(0)
            }
            counts[place][number] += count
            return number
        }
    }

    mutating func next() -> TaskID? {
        var best: (rank: Rank, group: Int)?
        for (index, group) in groups.enumerated() {
            guard var rank = group.seats.max?.rank else { continue }
            for place in keys.indices where keys[place].isShared {
                rank.keys[place] = counts[place][group.values[place]]
            }
            if let current = best, rank < current.rank { continue }
            best = (rank, index)
        }
        guard let group = best?.group, var seats = groups[group].seats.popMax(),
            let leaver = seats.leavers.popLast()
        else { return nil }
        seats.free(leaver.resources)
        for place in keys.indices where keys[place].isShared {
            counts[place][groups[group].values[place]] -= 1
        }
        if !seats.leavers.isEmpty {
            seats.rank(by: keys)
            groups[group].seats.insert(seats)
        }
        return leaver.rank.task
    }

    private struct Group {
        var values: [Int]
        var seats: Heap<Seats> = []
    }
}
