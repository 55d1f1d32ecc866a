public import Model

/// Where a service's tasks are and where one more could go, as far as it matters to evening it out.
public struct RebalanceView: Hashable, Sendable {
    /// For each level over which tasks are to be even, the number of the value that an instance
    /// has there; `nil` without one. Of levels that are the instance itself, a number of its own.
    public typealias Path = [Int?]

    /// An instance with tasks of the service.
    public struct Place: Hashable, Sendable {
        public var instance: InstanceID
        public var path: Path
        /// Of the service, those that may not go among them.
        public var tasks: Int
        /// Those that may go, the next of them last.
        public var movable: [TaskID]

        public init(instance: InstanceID, path: Path, tasks: Int, movable: [TaskID]) {
            self.instance = instance
            self.path = path
            self.tasks = tasks
            self.movable = movable
        }
    }

    /// An instance that has room for one more.
    public struct Opening: Hashable, Sendable {
        public var instance: InstanceID
        public var path: Path

        public init(instance: InstanceID, path: Path) {
            self.instance = instance
            self.path = path
        }
    }

    /// For each level whether it is the instance itself.
    public var isOwn: [Bool]
    /// By instance.
    public var places: [Place]
    /// The one that the service's strategies prefer of each combination of values; the best first.
    public var openings: [Opening]

    public init(isOwn: [Bool], places: [Place], openings: [Opening]) {
        self.isOwn = isOwn
        self.places = places
        self.openings = openings
    }

    /// A move is under way: its task counts where it will be.
    public mutating func carryOut(_ move: RebalanceMove) {
        for index in places.indices where places[index].movable.last == move.task {
            places[index].tasks -= 1
            places[index].movable.removeLast()
            break
        }
        if let index = places.firstIndex(where: { $0.instance == move.to }) {
            places[index].tasks += 1
        } else if let opening = openings.first(where: { $0.instance == move.to }) {
            places.append(
                Place(instance: opening.instance, path: opening.path, tasks: 1, movable: []))
        }
    }
}

/// A task that goes once another in its place is healthy.
public struct RebalanceMove: Hashable, Sendable {
    public var task: TaskID
    public var from: InstanceID
    public var to: InstanceID

    public init(task: TaskID, from: InstanceID, to: InstanceID) {
        self.task = task
        self.from = from
        self.to = to
    }
}

/// Moves that make a service even: over the first of its levels, then, as far as that stays so,
/// over the next.
///
/// What is made less is, level by level, the sum of the squares of how many tasks each value has,
/// the first level counting before the next. Each move makes that strictly less, so that moves come
/// to an end, whatever the room, and an end is left by nothing but a change from outside.
public enum RebalancePlan {
    /// Combinations of values on either side that are looked at; with more of them than that, the
    /// fullest are made even with the emptiest.
    static let combinationsMaximum = 64

    /// The move that helps most; `nil` where none helps.
    public static func move(_ view: RebalanceView) -> RebalanceMove? {
        let counts = counts(of: view)
        let sources = sources(of: view, counts)
        let targets = view.openings.enumerated()
            .sorted { left, right in
                let (first, second) = (
                    load(of: left.element.path, counts), load(of: right.element.path, counts)
                )
                if first != second { return first.lexicographicallyPrecedes(second) }
                return left.offset < right.offset
            }
            .prefix(combinationsMaximum).map(\.element)
        var best: (gain: [Int], move: RebalanceMove)?
        for source in sources {
            guard let task = source.movable.last else { continue }
            for target in targets where target.instance != source.instance {
                guard let gain = gain(from: source.path, to: target.path, counts) else { continue }
                if let best, !best.gain.lexicographicallyPrecedes(gain) { continue }
                best = (
                    gain, RebalanceMove(task: task, from: source.instance, to: target.instance)
                )
            }
        }
        return best?.move
    }

    /// How much less the sum of squares of each level is after a move, halved; `nil` where it is
    /// not less.
    private static func gain(
        from source: RebalanceView.Path, to target: RebalanceView.Path, _ counts: [[Int?: Int]]
    ) -> [Int]? {
        var gain: [Int] = []
        for (level, (old, new)) in zip(source, target).enumerated() {
            guard old != new else {
                gain.append(0)
                continue
            }
            // Who lacks what is spread over is the last to be chosen, and no place to move to.
            guard new != nil else { return nil }
            gain.append((counts[level][old] ?? 0) - (counts[level][new] ?? 0) - 1)
        }
        guard let first = gain.first(where: { $0 != 0 }), first > 0 else { return nil }
        return gain
    }

    /// How many tasks each value of each level has.
    private static func counts(of view: RebalanceView) -> [[Int?: Int]] {
        let levels = view.isOwn.count
        var counts = [[Int?: Int]](repeating: [:], count: levels)
        for place in view.places {
            for level in 0..<levels { counts[level][place.path[level], default: 0] += place.tasks }
        }
        return counts
    }

    private static func load(of path: RebalanceView.Path, _ counts: [[Int?: Int]]) -> [Int] {
        zip(path, counts).map { value, counts in counts[value] ?? 0 }
    }

    /// Of the instances that have the same value in all levels but their own, the fullest with a
    /// task that may go: no other of them has more to gain.
    private static func sources(
        of view: RebalanceView, _ counts: [[Int?: Int]]
    ) -> [RebalanceView.Place] {
        var fullest: [RebalanceView.Path: RebalanceView.Place] = [:]
        for place in view.places where !place.movable.isEmpty {
            let shared = zip(place.path, view.isOwn).map { $1 ? nil : $0 }
            let known = fullest[shared]
            if known.map({ ($0.tasks, place.instance) < (place.tasks, $0.instance) }) ?? true {
                fullest[shared] = place
            }
        }
        let ordered = fullest.values.map { (load: load(of: $0.path, counts), place: $0) }
            .sorted { left, right in
                if left.load != right.load {
                    return right.load.lexicographicallyPrecedes(left.load)
                }
                return left.place.instance < right.place.instance
            }
        return ordered.prefix(combinationsMaximum).map(\.place)
    }
}
