import Model

/// A host's clocks against the world's time, which is in milliseconds: a monotonic one that may run
/// a little fast or slow, and a civil one that may jump.
struct HostClock: Sendable {
    /// What the monotonic clock shows at the world's beginning; negative for hosts booted later.
    var origin: Int64
    /// Parts per million by which it is fast.
    var drift: Int64
    /// How far civil time is off.
    var wallShift: Int64 = 0

    /// Civil time at the world's beginning.
    static let epoch: Int64 = 1_700_000_000_000

    func monotonic(at world: Int64) -> Instant {
        Instant(milliseconds: origin + world + world * drift / 1_000_000)
    }

    func moment(at world: Int64) -> Moment {
        Moment(
            monotonic: monotonic(at: world),
            wall: WallTime(milliseconds: Self.epoch + world + wallShift))
    }

    /// The first moment of the world's time at which the clock shows an instant.
    func world(of instant: Instant) -> Int64 {
        let elapsed = instant.milliseconds - origin
        var world = elapsed * 1_000_000 / (1_000_000 + drift)
        while monotonic(at: world) < instant { world += 1 }
        while world > 0, monotonic(at: world - 1) >= instant { world -= 1 }
        return world
    }
}
