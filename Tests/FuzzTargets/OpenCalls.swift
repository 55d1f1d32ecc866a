import Synchronization

/// Counts what has begun and not ended.
final class OpenCalls: Sendable {
    private let open = Mutex(0)

    var count: Int { open.withLock { $0 } }

    func began() { open.withLock { $0 += 1 } }
    func ended() { open.withLock { $0 -= 1 } }
}
