import Model

/// How many requests a container may make: as ECS's agent, 40 a second and 60 at once.
struct RequestAllowance {
    static let perSecond = 40.0
    static let burst = 60.0
    /// Containers remembered; beyond it those that are at rest are forgotten.
    static let entriesMaximum = 4_096

    private var entries: [String: (left: Double, at: Instant)] = [:]

    /// Whether one more may be made now, which counts as `cost`.
    mutating func take(_ id: String, _ cost: Double = 1, at now: Instant) -> Bool {
        if entries.count >= Self.entriesMaximum, entries[id] == nil {
            entries = entries.filter { Self.left($0.value, now) < Self.burst }
            // All of them are at it: better to refuse than to grow.
            guard entries.count < Self.entriesMaximum else { return false }
        }
        var left = entries[id].map { Self.left($0, now) } ?? Self.burst
        let isAllowed = left >= cost
        if isAllowed { left -= cost }
        entries[id] = (left, now)
        return isAllowed
    }

    private static func left(_ entry: (left: Double, at: Instant), _ now: Instant) -> Double {
        let seconds = Double(max((now - entry.at).milliseconds, 0)) / 1_000
        return min(burst, entry.left + seconds * perSecond)
    }
}
