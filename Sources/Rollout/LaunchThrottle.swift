public import Model

/// Slows down a service whose tasks end before they have run for a while, so that a broken
/// definition costs little (ECS Developer Guide, "service throttle logic"). The first failure is
/// retried at once; then the delay doubles from one second to its maximum.
public struct LaunchThrottle: Hashable, Sendable {
    /// A task that ran this long was no failed start.
    public static let stableAfter: Duration = .seconds(10)
    /// Unless an operator says otherwise; in ECS it is 27 minutes.
    public static let delayMaximum: Duration = .seconds(60)
    /// The shift of a second beyond which a delay is longer than any maximum makes sense: 9 hours.
    private static let doublingsMaximum = 15
    /// How many failures in a row make the service event "unable to consistently start tasks".
    public static let impairedAfter = 3

    public let delayMaximum: Duration
    public private(set) var failures = 0
    /// No launch before this; `nil` allows one now.
    public private(set) var notBefore: Instant?

    public init(delayMaximum: Duration = Self.delayMaximum) {
        self.delayMaximum = delayMaximum
    }

    public var isImpaired: Bool { failures >= Self.impairedAfter }

    /// A task failed. Those that fail while a delay runs were launched before it: they are the same
    /// failure, or else a service of many tasks would be at the longest delay after its first try.
    ///
    /// - Returns: Whether this counted.
    @discardableResult
    public mutating func taskFailed(at now: Instant) -> Bool {
        if let notBefore, now < notBefore { return false }
        failures += 1
        notBefore = delay.map { now + $0 }
        return true
    }

    /// How long after the last failure that counted the next launch is; `nil` means at once.
    public var delay: Duration? {
        guard failures > 1 else { return nil }
        return min(.seconds(1 << min(failures - 2, Self.doublingsMaximum)), delayMaximum)
    }

    /// A task ran for ``stableAfter``, or the service was given a new deployment.
    public mutating func reset() {
        self = LaunchThrottle(delayMaximum: delayMaximum)
    }
}
