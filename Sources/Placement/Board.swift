public import Model

/// The instances of a cluster while tasks of one group are being placed on them, one after another.
public struct Board: Sendable {
    public private(set) var candidates: [Candidate]

    /// - Parameter candidates: In the order of their ids, so that ties are settled the same way
    ///   each time.
    public init(_ candidates: [Candidate]) {
        self.candidates = candidates
    }

    /// Chooses a place for one task and counts it there.
    public mutating func place(
        _ need: Need, using random: inout SeededRandom
    ) -> Result<InstanceID, Refusal> {
        let fitting = candidates.indices.filter { candidates[$0].misfit(for: need) == nil }
        guard let chosen = choose(among: fitting, need.strategies, using: &random) else {
            return .failure(
                Refusal(
                    candidates.compactMap { candidate in
                        candidate.misfit(for: need).map { (candidate.instance.id, $0) }
                    }))
        }
        candidates[chosen].take(need.resources)
        return .success(candidates[chosen].instance.id)
    }

    /// Puts one task on a named instance, if it fits (StartTask).
    public mutating func place(_ need: Need, on instance: InstanceID) -> Misfit? {
        guard let index = candidates.firstIndex(where: { $0.instance.id == instance }) else {
            return .notActive
        }
        if let misfit = candidates[index].misfitWithoutConstraints(for: need) { return misfit }
        candidates[index].take(need.resources)
        return nil
    }

    /// Each strategy keeps the best of what the one before it left.
    private func choose(
        among fitting: [Int], _ strategies: [PlacementStrategy], using random: inout SeededRandom
    ) -> Int? {
        var left = fitting
        for strategy in strategies where left.count > 1 {
            switch strategy {
            case .random:
                return left.randomElement(using: &random)
            case .spread(let field):
                left = emptiestBuckets(of: field, among: left)
            case .binpack(let field):
                left = fullest(field, among: left)
            }
        }
        return left.min { candidates[$0].tasks < candidates[$1].tasks }
    }

    /// Buckets count the group's tasks on every instance, fitting or not. An instance without the
    /// attribute belongs to no bucket and is taken only when no fitting one has it.
    private func emptiestBuckets(of field: String, among fitting: [Int]) -> [Int] {
        guard field.hasPrefix("attribute:") else {
            let least = fitting.map { candidates[$0].tasksStaying }.min()
            return fitting.filter { candidates[$0].tasksStaying == least }
        }
        let name = String(field.dropFirst("attribute:".count))
        var counts: [String: Int] = [:]
        for candidate in candidates {
            if let value = candidate.value(of: name) {
                counts[value, default: 0] += candidate.tasksStaying
            }
        }
        let inBuckets = fitting.filter { candidates[$0].value(of: name) != nil }
        let count = { (index: Int) in candidates[index].value(of: name).flatMap { counts[$0] } }
        let least = inBuckets.compactMap(count).min()
        return inBuckets.isEmpty ? fitting : inBuckets.filter { count($0) == least }
    }

    private func fullest(_ field: PlacementStrategy.BinpackField, among fitting: [Int]) -> [Int] {
        let free = { (index: Int) in
            field == .cpu ? candidates[index].freeCPU : candidates[index].freeMemory
        }
        let least = fitting.map(free).min()
        return fitting.filter { free($0) == least }
    }
}

/// Why no instance could take a task: what each lacked.
public struct Refusal: Error, Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public var instance: InstanceID
        public var misfit: Misfit
    }

    /// In the order of the instances' ids.
    public var entries: [Entry]

    public init(_ misfits: [(InstanceID, Misfit)]) {
        entries = misfits.map { Entry(instance: $0.0, misfit: $0.1) }
    }

    /// The instance that came nearest; `nil` when the cluster has none.
    public var nearest: Entry? {
        entries.max { $0.misfit.depth < $1.misfit.depth }
    }
}
