public import Model

/// The instances of a cluster while tasks of one group are being placed on them, one after another.
///
/// Tasks with the same need in a row cost little beyond the first: ``Ranking`` keeps the order in
/// which instances would be chosen.
public struct Board: Sendable {
    public private(set) var candidates: [Candidate]
    private var ranking: Ranking?

    /// - Parameter candidates: In the order of their ids, so that ties are settled the same way
    ///   each time.
    public init(_ candidates: [Candidate]) {
        self.candidates = candidates
    }

    /// Chooses a place for one task and counts it there.
    public mutating func place(
        _ need: Need, using random: inout SeededRandom
    ) -> Result<InstanceID, Refusal> {
        var ranking = ranking?.need == need ? ranking : nil
        // Only one may hold it, or each change would copy it.
        self.ranking = nil
        if ranking == nil { ranking = Ranking(of: candidates, for: need) }
        guard let chosen = ranking?.choose(among: candidates, using: &random) else {
            self.ranking = ranking
            return .failure(refusal(of: need))
        }
        candidates[chosen].take(need.resources)
        ranking?.took(chosen, among: candidates)
        self.ranking = ranking
        return .success(candidates[chosen].instance.id)
    }

    /// Puts one task on a named instance, if it fits (StartTask).
    public mutating func place(_ need: Need, on instance: InstanceID) -> Misfit? {
        guard let index = candidates.firstIndex(where: { $0.instance.id == instance }) else {
            return .notActive
        }
        if let misfit = candidates[index].misfitWithoutConstraints(for: need) { return misfit }
        candidates[index].take(need.resources)
        ranking = nil
        return nil
    }

    private func refusal(of need: Need) -> Refusal {
        Refusal(
            candidates.compactMap { candidate in
                candidate.misfit(for: need).map { (candidate.instance.id, $0) }
            })
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
