public import Model

/// A bucket that holds so many tokens and is refilled at a steady rate. A request takes one; where
/// there is none it is refused.
public struct TokenBucket: Hashable, Sendable {
    /// How many tokens it holds, and how many come back in a second.
    public struct Rate: Hashable, Sendable {
        public var burst: Int
        public var perSecond: Int

        public init(burst: Int, perSecond: Int) {
            self.burst = burst
            self.perSecond = perSecond
        }
    }

    public let rate: Rate
    /// In thousandths of a token, so that a millisecond brings a whole number of them.
    private var level: Int64
    private var filledAt: Instant

    /// A full one.
    public init(_ rate: Rate, at now: Instant) {
        self.rate = rate
        level = Int64(rate.burst) * 1_000
        filledAt = now
    }

    /// Takes a token.
    ///
    /// - Returns: Whether there was one.
    public mutating func take(at now: Instant) -> Bool {
        level = level(at: now)
        filledAt = max(filledAt, now)
        guard level >= 1_000 else { return false }
        level -= 1_000
        return true
    }

    /// Whether it is as good as a new one.
    public func isFull(at now: Instant) -> Bool {
        level(at: now) == Int64(rate.burst) * 1_000
    }

    private func level(at now: Instant) -> Int64 {
        let full = Int64(rate.burst) * 1_000
        guard now > filledAt else { return level }
        // As long as it takes to fill an empty one is as good as any longer time.
        let milliseconds = min((now - filledAt).milliseconds, full)
        return min(full, level + milliseconds * Int64(rate.perSecond))
    }
}
