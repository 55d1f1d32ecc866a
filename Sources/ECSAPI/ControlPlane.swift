public import ClusterState
public import Model

/// What the API needs of a manager: commands go in and come back once they are durable; reads use
/// the newest published snapshot and never queue behind writes.
public protocol ControlPlane: Sendable {
    /// Carries out a command and returns when it is on disk.
    ///
    /// - Returns: What the command gives, and a snapshot that holds it.
    /// - Throws: ``APIError``.
    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState)

    /// The newest snapshot. Everything in it is durable.
    func snapshot() -> ClusterState

    /// What containers use now, as far as it is known.
    func usage() -> UsageReading
}

extension ControlPlane {
    public func usage() -> UsageReading { UsageReading() }
}
