/// Counts frames that do no work against an allowance that grows with time and with work done.
///
/// nghttp2 answers such frames for ever. Each is cheap, and each has honest uses: a reader sends
/// WINDOW_UPDATE for what it got, a keepalive sends PING. So work earns allowance, time does
/// slowly, and whoever has none left is attacking or broken.
struct IdleFrameGuard {
    /// What a frame that does work, in either direction, earns.
    private static let earnedByWork = 4

    private let burst: Int
    private let perSecond: Int
    private var allowance: Int
    private var refilledAt: Int64?

    init(burst: Int, perSecond: Int) {
        self.burst = burst
        self.perSecond = perSecond
        allowance = burst
    }

    /// Adds what time has earned. Whole milliseconds on any clock that does not go back.
    mutating func refill(at milliseconds: Int64) {
        guard let last = refilledAt else {
            refilledAt = milliseconds
            return
        }
        // More than this fills it anyway, and a jump can't overflow.
        let passed = Int(clamping: max(0, min(milliseconds - last, 1_000_000)))
        let earned = passed * perSecond / 1_000
        guard earned > 0 else { return }
        allowance = min(burst, allowance + earned)
        refilledAt = milliseconds
    }

    mutating func didWork() {
        allowance = min(burst, allowance + Self.earnedByWork)
    }

    /// Takes one idle frame; `false` when it is one too many.
    mutating func take() -> Bool {
        allowance -= 1
        return allowance >= 0
    }
}
