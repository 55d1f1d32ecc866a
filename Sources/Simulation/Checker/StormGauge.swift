/// How much each node does in a virtual second. A storm of effects is a bug even when all of them
/// are right.
struct StormGauge {
    static let effectsPerSecondMaximum = 20_000

    private var counts: [Node: (second: Int64, count: Int)] = [:]

    mutating func count(_ node: Node, _ effects: Int, at time: Int64, _ checker: Checker) {
        let second = time / 1_000
        var entry = counts[node] ?? (second, 0)
        if entry.second != second { entry = (second, 0) }
        entry.count += effects
        counts[node] = entry
        checker.expect(
            entry.count <= Self.effectsPerSecondMaximum, "no storm of effects",
            "\(node): \(entry.count) effects within a second")
    }
}
