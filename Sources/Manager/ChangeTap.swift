public import ClusterState
import Synchronization

/// Lets one listener hear of all changes that are durable. Without one it costs a lock.
final class ChangeTap: Sendable {
    typealias Listener = @Sendable ([ChangeRecord]) -> Void

    private let listener = Mutex<Listener?>(nil)

    func listen(_ new: Listener?) { listener.withLock { $0 = new } }

    func tell(_ records: [ChangeRecord]) {
        guard !records.isEmpty, let listener = listener.withLock({ $0 }) else { return }
        listener(records)
    }
}

extension ManagerNode {
    /// From now on the listener is told of all changes, in order, once they are durable and after
    /// ``snapshot()`` has them; `nil` ends that. It is called on the core's loop and must return
    /// at once.
    public func listen(_ listener: (@Sendable ([ChangeRecord]) -> Void)?) {
        changes.listen(listener)
    }
}
