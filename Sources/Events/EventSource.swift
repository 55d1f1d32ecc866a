public import ClusterState

/// Where the changes come from that events tell of: a manager.
public protocol EventSource: Sendable {
    /// The newest durable state.
    func snapshot() -> ClusterState

    /// From now on the listener is told of all changes, in order, once they are durable and after
    /// ``snapshot()`` has them; `nil` ends that. It is called where the manager decides, and must
    /// return at once.
    func listen(_ listener: (@Sendable ([ChangeRecord]) -> Void)?)
}
