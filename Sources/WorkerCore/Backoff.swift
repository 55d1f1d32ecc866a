import Model

/// Growing pauses between attempts, with full jitter: each is drawn evenly from all up to the
/// nominal one, so that many workers that fail together do not come again together.
struct Backoff: Sendable {
    /// Milliseconds. A manager leaves a worker a second from the end of its connection: two
    /// attempts fit in.
    static let first: UInt64 = 400
    /// In tenths.
    static let factor: UInt64 = 16
    /// Milliseconds; also the bound after a refusal that only a person can mend. Managers that
    /// start allow for it (`LeaseTable`).
    static let cap: UInt64 = 5_000
    /// Milliseconds; the bound after a refusal that is meant for good.
    static let refused: UInt64 = 30_000

    private var nominal = first

    mutating func pause(using random: inout SeededRandom) -> Duration {
        defer { nominal = max(nominal, min(nominal * Self.factor / 10, Self.cap)) }
        return .milliseconds(Int64(1 + random.next() % nominal))
    }

    /// From here on long pauses, until ``reset()``.
    mutating func slowDown(to pause: UInt64 = cap) {
        nominal = max(nominal, pause)
    }

    mutating func reset() {
        nominal = Self.first
    }
}
