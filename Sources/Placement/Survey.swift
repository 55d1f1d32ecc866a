public import Model

/// All instances of a cluster as one need sees them: what each lacks, and how those that would do
/// compare.
public struct Survey: Hashable, Sendable {
    /// An instance that would do, and what the strategies see of it.
    public struct Ranked: Hashable, Sendable {
        public var instance: InstanceID
        /// For each strategy before one that draws: its number, of which the least is best; `nil`
        /// without the attribute that it spreads over, which comes last.
        public var numbers: [Int?]
        /// Tasks of any kind there: what tells apart those that the strategies do not.
        public var tasks: Int
    }

    /// How many instances were looked at.
    public internal(set) var count = 0
    /// By instance.
    public internal(set) var misfits: [Refusal.Entry] = []
    /// That of ``misfits`` which came nearest.
    public internal(set) var nearest: Refusal.Entry?
    /// Those that would do, the best first.
    public internal(set) var ranked: [Ranked] = []
    /// Of ``ranked``, how many may be chosen: the first alone, but where chance decides.
    public internal(set) var eligible = 0

    init() {}
}

extension Board {
    /// Looks at every instance for a need as ``place(_:count:using:)`` does, and takes none.
    public mutating func survey(_ need: Need) -> Survey {
        var survey = Survey()
        survey.misfits = misfits(of: need)
        var sight = lend(to: need)
        let misses = sight.misses(among: instances)
        let keyed = sight.rooms.indices.filter(sight.fits).map { row in
            var key = sight.key(row)
            if !need.order.shared.isEmpty { sight.addShared(to: &key, sight.buckets(row)) }
            return (row: row, key: key)
        }.sorted { left, right in
            left.key == right.key
                ? sight.rooms[left.row].id < sight.rooms[right.row].id : left.key < right.key
        }
        survey.ranked = keyed.map { entry in
            Survey.Ranked(
                instance: sight.rooms[entry.row].id, numbers: sight.numbers(entry.row),
                tasks: sight.rooms[entry.row].tasks)
        }
        takeBack(&sight)
        survey.nearest = refusal(of: need, misses).nearest
        survey.count = survey.misfits.count + keyed.count
        survey.eligible =
            need.order.isDrawn
            ? keyed.count { $0.key == keyed.first?.key } : min(1, keyed.count)
        return survey
    }

    /// What one instance lacks for a task that is told where to go, as StartTask tells it: no
    /// constraint binds. `nil` if it would do.
    public func misfitOfStart(of need: Need, on instance: InstanceID) -> Misfit? {
        guard let candidate = row(of: instance).flatMap({ candidate(at: $0, for: need) }) else {
            return .notActive
        }
        return candidate.misfitWithoutConstraints(for: need)
    }
}

extension Sight {
    /// What each lane sees of a row.
    fileprivate func numbers(_ row: Int) -> [Int?] {
        let buckets = buckets(row)
        return need.order.lanes.enumerated().map { place, lane in
            switch lane {
            case .tasksOfCrew: crew[row]
            case .free(.cpu): rooms[row].cpu
            case .free(.memory): rooms[row].memory
            case .attribute:
                buckets[place].map { bucket in
                    columns.shared[place].map { crew.sum(over: $0, at: bucket) } ?? 0
                }
            }
        }
    }
}
