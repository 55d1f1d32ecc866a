import Synchronization

/// Since when containerd tells of events. One that is young counts for little: nobody says when the
/// first event would come through, and what ended before it is not told.
final class Subscription: Sendable {
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    /// Does nothing when it has begun.
    func begin() {
        since.withLock { if $0 == nil { $0 = .now } }
    }

    func end() {
        since.withLock { $0 = nil }
    }

    func stands(for time: Duration) -> Bool {
        since.withLock { $0.map { .now - $0 >= time } ?? false }
    }
}
