public import Model

/// Muster's own endpoint for test suites: a fresh account.
public struct ResetEndpoint: Sendable {
    private let controlPlane: any ControlPlane
    /// Whether this manager forgets at all.
    public let isEnabled: Bool

    public init(controlPlane: some ControlPlane, isEnabled: Bool) {
        self.controlPlane = controlPlane
        self.isEnabled = isEnabled
    }

    /// Returns when all is forgotten, for good.
    public func reset() async throws(APIError) -> [UInt8] {
        _ = try await controlPlane.submit(.reset)
        return Array("{}".utf8)
    }
}
