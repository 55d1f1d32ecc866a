/// How a channel keeps itself connected, and its bounds.
public struct RPCChannelConfiguration: Sendable {
    /// For each of its connections. The channel sets `connectTimeout` by ``backoff``, and doubles
    /// `keepaliveInterval` when a server says `too_many_pings`.
    public var connection = RPCClientConfiguration()
    public var backoff = RPCBackoff()
    /// A channel without calls for so long closes its connection and is idle. `nil`: never.
    public var idleTimeout: Duration? = .seconds(300)
    /// Calls that wait for a connection, or for room on it; one more fails with
    /// `RESOURCE_EXHAUSTED`.
    public var waitingCallMaximum = 1_000

    public init() {}
}

/// The pauses between attempts to connect, in the words of gRPC's `connection-backoff.md`.
public struct RPCBackoff: Hashable, Sendable {
    /// From the start of the first attempt to that of the second.
    public var initial = Duration.seconds(1)
    public var multiplier = 1.6
    public var maximum = Duration.seconds(120)
    /// The part by which a pause may be longer or shorter.
    public var jitter = 0.2
    /// The least time that an attempt is given.
    public var connectTimeoutMinimum = Duration.seconds(20)

    public init() {}
}

/// Where the sequence of pauses stands. Pauses are counted from the start of an attempt: one that
/// took long is followed by another at once.
struct ConnectionBackoff {
    /// An attempt that starts now.
    struct Attempt: Equatable {
        /// It has failed when it is not done by then.
        var deadline: Duration
        /// When the next may start if it fails.
        var retryAt: Duration
    }

    let settings: RPCBackoff
    /// The pause of the last attempt, without jitter; `nil` before the first.
    private var current: Duration?

    init(_ settings: RPCBackoff) {
        self.settings = settings
    }

    /// - Parameter draw: a number drawn from -1...1.
    mutating func attempt(at now: Duration, draw: () -> Double) -> Attempt {
        let retryAt: Duration
        if let last = current {
            let pause = min(last * settings.multiplier, settings.maximum)
            current = pause
            retryAt = now + pause + pause * (settings.jitter * draw())
        } else {
            current = settings.initial
            retryAt = now + settings.initial
        }
        return Attempt(
            deadline: max(retryAt, now + settings.connectTimeoutMinimum), retryAt: retryAt)
    }

    mutating func reset() {
        current = nil
    }
}
