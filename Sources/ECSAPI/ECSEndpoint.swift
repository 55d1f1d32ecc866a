public import Model

/// The ECS API without a transport: an operation's name and a JSON body in, a JSON body or an error
/// out.
public struct ECSEndpoint: Sendable {
    private let account: String
    private let controlPlane: any ControlPlane
    private let isStrict: Bool

    /// - Parameters:
    ///   - account: The 12 digits that ARNs carry.
    ///   - isStrict: Whether AWS's own limits hold where Muster's are wider ("Strict mode" in the
    ///     README).
    public init(account: String, controlPlane: some ControlPlane, isStrict: Bool = false) {
        self.account = account
        self.controlPlane = controlPlane
        self.isStrict = isStrict
    }

    /// What comes before the operation in `X-Amz-Target`.
    public static let targetPrefix = OperationName.targetPrefix

    /// Performs one operation.
    ///
    /// - Parameters:
    ///   - operation: Such as `RunTask`.
    ///   - region: The namespace of the request; `[a-z0-9-]`, at most 32.
    ///   - body: JSON; empty stands for `{}`.
    /// - Returns: The answer's JSON.
    /// - Throws: ``APIError`` with the code and text that ECS gives.
    public func perform(
        _ operation: String, region: String, body: [UInt8]
    ) async throws(APIError) -> [UInt8] {
        guard let name = OperationName(rawValue: operation) else {
            throw APIError(
                .unknownOperation, "ECS has no operation '\(operation.prefix(64))'.")
        }
        let call = Call(
            operation: name, region: region, account: account, controlPlane: controlPlane,
            isStrict: isStrict)
        return try await call.perform(body)
    }
}
