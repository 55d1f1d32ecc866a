import Model

/// Keeps managers that point at each other from sending a worker round and round.
struct RedirectGuard: Sendable {
    /// How often a worker follows within ``window``.
    static let hopsMaximum = 4
    static let window = Duration.seconds(60)

    /// When it followed, within the window.
    private var hops: [Instant] = []
    /// When a person was last told that it did not.
    private var toldAt: Instant?

    /// Whether to follow now; counts it if so.
    mutating func follows(at now: Instant) -> Bool {
        hops.removeAll { now - $0 >= Self.window }
        guard hops.count < Self.hopsMaximum else { return false }
        hops.append(now)
        return true
    }

    /// Whether not to have followed is worth telling again.
    mutating func isNews(at now: Instant) -> Bool {
        if let toldAt, now - toldAt < Self.window { return false }
        toldAt = now
        return true
    }
}
