import Model

/// Strategies as something to compare by: each keeps the best of what the one before it left, so an
/// instance has a number for each, and the least list of numbers wins. What is left in the end is
/// told apart by how many tasks it has, then by its id.
struct Order: Hashable, Sendable {
    enum Lane: Hashable, Sendable {
        /// How many of the tasks that are being spread have the same value of an attribute.
        case attribute(String)
        /// How many of them are on the instance.
        case tasksOfCrew
        case free(PlacementStrategy.BinpackField)

        var attribute: String? {
            if case .attribute(let name) = self { name } else { nil }
        }
    }

    /// The lanes whose numbers are the instance's own, a byte each from the lowest: neither text
    /// nor array is touched where each row is looked at.
    struct Own: Hashable, Sendable {
        enum Number: UInt64, Hashable, Sendable {
            case tasksOfCrew = 1
            case freeCPU, freeMemory
        }

        private var code: UInt64 = 0

        var isEmpty: Bool { code == 0 }
        var place: Int { Int(code >> 2 & 0xF) }
        var number: Number { Number(rawValue: code & 3) ?? .tasksOfCrew }

        /// Adds one before the others.
        mutating func insert(_ place: Int, _ number: Number) {
            code = code << 8 | UInt64(place) << 2 | number.rawValue
        }

        mutating func removeFirst() { code >>= 8 }

        /// The same but for those that count tasks.
        var withoutCrew: Own {
            var (rest, others) = (self, Own())
            var shift: UInt64 = 0
            while !rest.isEmpty {
                if rest.number != .tasksOfCrew {
                    others.code |= (rest.code & 0xFF) << shift
                    shift += 8
                }
                rest.removeFirst()
            }
            return others
        }
    }

    /// The strategies before one that draws at random: what comes after that one has no say.
    let lanes: [Lane]
    /// Which of the lanes are those of a bucket rather than of the instance.
    let shared: [Int]
    /// The others.
    let own: Own
    /// Whether chance decides between those that the lanes leave.
    let isDrawn: Bool

    init(_ strategies: [PlacementStrategy]) {
        var lanes: [Lane] = []
        for strategy in strategies.prefix(while: { $0 != .random }).prefix(Key.lanes - 1) {
            switch strategy {
            case .random: break
            case .binpack(let field): lanes.append(.free(field))
            case .spread(let field):
                let prefix = "attribute:"
                lanes.append(
                    field.hasPrefix(prefix)
                        ? .attribute(String(field.dropFirst(prefix.count))) : .tasksOfCrew)
            }
        }
        self.lanes = lanes
        shared = lanes.indices.filter { lanes[$0].attribute != nil }
        var own = Own()
        for (place, lane) in lanes.enumerated().reversed() {
            switch lane {
            case .attribute: break
            case .tasksOfCrew: own.insert(place, .tasksOfCrew)
            case .free(.cpu): own.insert(place, .freeCPU)
            case .free(.memory): own.insert(place, .freeMemory)
            }
        }
        self.own = own
        isDrawn = strategies.contains(.random)
    }
}

/// What an instance is compared by: a number for each strategy, and how many tasks it has.
struct Key: Comparable, Sendable {
    /// ECS allows five strategies.
    static let lanes = 6

    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0

    /// Numbers are kept within 32 bits, which all amounts are far below.
    mutating func set(_ lane: Int, _ number: Int) {
        let number = UInt64(UInt32(clamping: number))
        let shift = UInt64(lane % 2 == 0 ? 32 : 0)
        let mask = ~(UInt64(UInt32.max) << shift)
        switch lane / 2 {
        case 0: first = first & mask | number << shift
        case 1: second = second & mask | number << shift
        default: third = third & mask | number << shift
        }
    }

    /// After all others.
    static let last = {
        var key = Key()
        (key.first, key.second, key.third) = (.max, .max, .max)
        return key
    }()

    static func < (left: Self, right: Self) -> Bool {
        if left.first != right.first { return left.first < right.first }
        if left.second != right.second { return left.second < right.second }
        return left.third < right.third
    }
}
