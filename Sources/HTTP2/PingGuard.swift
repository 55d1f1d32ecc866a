/// Counts pings that come faster than a server permits, as gRPC's document on keepalive has it: a
/// peer may ping at intervals no shorter than the minimum, as often as it likes while it gets data,
/// and is told to go away after a few strikes.
struct PingGuard {
    /// The debug text of the GOAWAY, as gRPC's clients know it.
    static let complaint = "too_many_pings"
    /// Pings too early that are forgiven between two pieces of data.
    private static let strikesMaximum = 2

    /// Milliseconds; 0 means that any number of pings is fine.
    private let interval: Int64
    private var last: Int64?
    private var strikes = 0

    init(interval: Int64) {
        self.interval = interval
    }

    /// Data or headers were sent: pings around them are a client's way to measure.
    mutating func didWork() {
        last = nil
        strikes = 0
    }

    /// Takes one ping; `false` when it is one too many.
    mutating func take(at milliseconds: Int64) -> Bool {
        guard interval > 0 else { return true }
        defer { last = milliseconds }
        if let last, milliseconds - last < interval { strikes += 1 }
        return strikes <= Self.strikesMaximum
    }
}
