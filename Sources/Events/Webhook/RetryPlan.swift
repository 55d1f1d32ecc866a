/// When a batch that was not taken is posted again, and when no more.
public struct RetryPlan: Hashable, Sendable {
    /// Before the second attempt; each time it doubles.
    public var first = Duration.milliseconds(500)
    public var maximum = Duration.seconds(60)
    /// Counted from a batch's first attempt. EventBridge gives up as late.
    public var giveUpAfter = Duration.seconds(24 * 3_600)

    public init() {}

    /// The time until the next attempt: at least half of the full delay, so that receivers that
    /// come back are not met by all senders at once.
    func delay(
        after failures: Int, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        let full = min(first * (1 << doublings), maximum)
        return full * Double.random(in: 0.5...1, using: &random)
    }
}
