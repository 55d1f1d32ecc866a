import CProcess
import Dispatch
import Glibc
import Synchronization

/// Waits for the end of supervisors, each by its pidfd, on libdispatch's own epoll thread. Works
/// the same for those that an earlier agent started.
final class ExitWatch: Sendable {
    /// What is watched; without a source where the end is known already.
    private let watched = Mutex<[ContainerKey: DispatchSource?]>([:])

    deinit {
        watched.withLock { $0.values.forEach { $0?.cancel() } }
    }

    /// Calls `ended` on `queue` once the supervisor is gone, or at once for `nil`. Returns without
    /// effect when the container is watched already.
    func add(
        _ key: ContainerKey, _ supervisor: consuming Supervisor?, on queue: DispatchQueue,
        ended: @escaping @Sendable () -> Void
    ) {
        guard !isWatched(key) else { return }
        guard let supervisor else {
            add(key, after: .seconds(0), on: queue, ended: ended)
            return
        }
        let pidfd = supervisor.release()
        let source = DispatchSource.makeReadSource(fileDescriptor: pidfd, queue: queue)
        source.setEventHandler {
            // Where the agent is the container's init, the supervisor is its zombie now.
            cprocess_pidfd_reap(pidfd)
            ended()
        }
        source.setCancelHandler { close(pidfd) }
        watched.withLock { $0[key] = source as? DispatchSource }
        source.activate()
    }

    /// Calls `ended` on `queue` after `delay`, for a container whose supervisor is gone.
    func add(
        _ key: ContainerKey, after delay: DispatchTimeInterval, on queue: DispatchQueue,
        ended: @escaping @Sendable () -> Void
    ) {
        watched.withLock { $0[key] = .some(nil) }
        queue.asyncAfter(deadline: .now() + delay, execute: ended)
    }

    /// The containers whose end is waited for.
    var keys: [ContainerKey] { watched.withLock { Array($0.keys) } }

    func isWatched(_ key: ContainerKey) -> Bool {
        watched.withLock { $0[key] != nil }
    }

    /// Ends a watch. False when there was none: then someone else has told the end, or nobody wants
    /// to hear of it.
    func remove(_ key: ContainerKey) -> Bool {
        guard let source = watched.withLock({ $0.removeValue(forKey: key) }) else { return false }
        source?.cancel()
        return true
    }
}
