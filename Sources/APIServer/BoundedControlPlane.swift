import ClusterState
import ECSAPI
import Model

/// Lets a bounded number of writes wait for the manager. Reads never wait, so they are not counted.
struct BoundedControlPlane: ControlPlane {
    private let inner: any ControlPlane
    private let writesMaximum: Int
    private let waiting = BoundedCount()

    init(_ inner: some ControlPlane, writesMaximum: Int) {
        self.inner = inner
        self.writesMaximum = writesMaximum
    }

    func snapshot() -> ClusterState { inner.snapshot() }

    func usage() -> UsageReading { inner.usage() }

    func submit(_ command: Command) async throws(APIError) -> (Outcome, ClusterState) {
        guard waiting.enter(atMost: writesMaximum) else {
            throw APIError(.throttling, "Rate exceeded")
        }
        defer { waiting.leave() }
        return try await inner.submit(command)
    }
}
