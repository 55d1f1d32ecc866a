public import Model

/// Which provider of a strategy the next task is for, and which gives up one: the base first, then
/// by weight (ECS Developer Guide, "Amazon ECS capacity providers").
public struct CapacityProviderSplit: Hashable, Sendable {
    private let shares: [CapacityProviderShare]
    private var counts: [Int]
    /// Tasks of providers that are not in the strategy.
    private var strangers: [String: Int] = [:]

    /// - Parameter tasks: The provider of each task that is there.
    public init(
        _ shares: [CapacityProviderShare], having tasks: some Sequence<String?> = EmptyCollection()
    ) {
        self.shares = shares
        counts = shares.map { _ in 0 }
        for provider in tasks { count(provider, by: 1) }
    }

    /// Whether a strategy gives any task beyond its base to anybody.
    public static func isUsable(_ shares: [CapacityProviderShare]) -> Bool {
        shares.contains { $0.weight > 0 }
    }

    private mutating func count(_ provider: String?, by number: Int) {
        if let place = shares.firstIndex(where: { $0.provider == provider }) {
            counts[place] += number
        } else {
            strangers[provider ?? "", default: 0] += number
        }
    }

    /// Beyond the base.
    private func excess(_ place: Int) -> Int { max(0, counts[place] - shares[place].base) }

    private var totalExcess: Int { shares.indices.reduce(0) { $0 + excess($1) } }

    private var totalWeight: Int { shares.reduce(0) { $0 + $1.weight } }

    /// The provider that lacks most of its part; its task counts from now on. `nil` where no
    /// provider has a weight.
    public mutating func next() -> String? {
        if let place = shares.indices.first(where: { counts[$0] < shares[$0].base }) {
            counts[place] += 1
            return shares[place].provider
        }
        let (total, weight) = (totalExcess + 1, totalWeight)
        var best: (place: Int, lack: Int)?
        for place in shares.indices where shares[place].weight > 0 {
            let lack = shares[place].weight * total - excess(place) * weight
            if best.map({ lack > $0.lack }) ?? true { best = (place, lack) }
        }
        guard let best else { return nil }
        counts[best.place] += 1
        return shares[best.place].provider
    }

    /// The provider that has most beyond its part, of those that have a task which may go; it has
    /// one less from now on. Those that are not in the strategy are first, the base is last.
    public mutating func leaving(among candidates: Set<String>) -> String? {
        if let stranger = strangers.keys.filter({ name in
            candidates.contains(name) && (strangers[name] ?? 0) > 0
        }).min() {
            count(stranger.isEmpty ? nil : stranger, by: -1)
            return stranger
        }
        let (total, weight) = (max(0, totalExcess - 1), totalWeight)
        var best: (place: Int, surplus: (Int, Int))?
        for place in shares.indices
        where counts[place] > 0 && candidates.contains(shares[place].provider) {
            let isOfBase = excess(place) == 0
            let surplus = (
                isOfBase ? 0 : 1, excess(place) * weight - shares[place].weight * total
            )
            if best.map({ surplus > $0.surplus }) ?? true { best = (place, surplus) }
        }
        guard let best else { return nil }
        counts[best.place] -= 1
        return shares[best.place].provider
    }
}
