import Model

/// Growing, jittered pauses between attempts.
struct Backoff: Sendable {
    /// Milliseconds. Short at first, since the manager's lease is a few seconds.
    static let first: Double = 100
    static let factor = 1.6
    /// Milliseconds; also the pause after a refusal that only a person can mend.
    static let cap: Double = 5_000

    private var next = first

    /// The next pause: the nominal one less up to a fifth, so that many workers don't come at once.
    mutating func pause(using random: inout SeededRandom) -> Duration {
        defer { next = min(next * Self.factor, Self.cap) }
        return Self.jittered(next, using: &random)
    }

    /// From here on the longest pause, until ``reset()``.
    mutating func slowDown() {
        next = Self.cap
    }

    mutating func reset() {
        next = Self.first
    }

    private static func jittered(
        _ milliseconds: Double, using random: inout SeededRandom
    ) -> Duration {
        let part = Double(random.next() % 1_001) / 1_000
        return .milliseconds(Int64(milliseconds * (1 - 0.2 * part)))
    }
}
