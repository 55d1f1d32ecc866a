import Model

/// What a strategy compares when tasks are given up; more goes first.
enum LeavingKey: Hashable, Sendable {
    case attribute(String)
    case tasks
    case free(PlacementStrategy.BinpackField)
    case draw

    init(_ strategy: PlacementStrategy) {
        switch strategy {
        case .random: self = .draw
        case .binpack(let field): self = .free(field)
        case .spread(let field):
            let prefix = "attribute:"
            let isAttribute = field.hasPrefix(prefix)
            self = isAttribute ? .attribute(String(field.dropFirst(prefix.count))) : .tasks
        }
    }

    /// Whether the key is that of a value which many instances have.
    var isShared: Bool {
        if case .attribute = self { true } else { false }
    }
}

/// Where a task stands among those that could go: by the keys of the strategies, then the youngest,
/// then the least id. No two are equal.
struct Rank: Comparable, Sendable {
    var keys: [Int]
    var createdAt: WallTime
    var task: TaskID

    static func < (left: Rank, right: Rank) -> Bool {
        if left.keys != right.keys { return left.keys.lexicographicallyPrecedes(right.keys) }
        return (left.createdAt, right.task) < (right.createdAt, left.task)
    }
}

/// A task among those of its instance: its own part of each key.
struct Leaver: Comparable, Sendable {
    var rank: Rank
    var resources: Resources

    init(_ occupant: Occupant, by keys: [LeavingKey], draw: UInt64) {
        resources = occupant.resources
        let own = keys.map { key in
            switch key {
            case .attribute, .tasks: 0
            case .free(.cpu): occupant.resources.cpu
            case .free(.memory): occupant.resources.memory
            case .draw: Int(truncatingIfNeeded: draw)
            }
        }
        rank = Rank(keys: own, createdAt: occupant.createdAt, task: occupant.task)
    }

    static func == (left: Leaver, right: Leaver) -> Bool { left.rank == right.rank }

    static func < (left: Leaver, right: Leaver) -> Bool { left.rank < right.rank }
}

/// The tasks on one instance that could go, the next of them last.
struct Seats: Comparable, Sendable {
    var leavers: [Leaver] = []
    private var host: ScaleIn.Host
    /// Of the service, those that are protected among them.
    private var count: Int
    /// That of the next to go, but for the keys that many instances share.
    private(set) var rank = Rank(keys: [], createdAt: WallTime(milliseconds: 0), task: .none)

    init(host: ScaleIn.Host, count: Int) {
        self.host = host
        self.count = count
    }

    mutating func rank(by keys: [LeavingKey]) {
        guard var next = leavers.last?.rank else { return }
        for (place, key) in keys.enumerated() {
            switch key {
            case .attribute: next.keys[place] = 0
            case .tasks: next.keys[place] = count
            case .free(.cpu): next.keys[place] += host.freeCPU
            case .free(.memory): next.keys[place] += host.freeMemory
            case .draw: break
            }
        }
        rank = next
    }

    /// A task is gone.
    mutating func free(_ resources: Resources) {
        count -= 1
        host.freeCPU += resources.cpu
        host.freeMemory += resources.memory
    }

    static func == (left: Seats, right: Seats) -> Bool { left.rank == right.rank }

    static func < (left: Seats, right: Seats) -> Bool { left.rank < right.rank }
}

extension TaskID {
    fileprivate static let none = TaskID(high: 0, low: 0)
}
