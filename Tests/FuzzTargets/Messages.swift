import Wire

extension FuzzTarget {
    /// The messages of the worker protocol, and of gRPC's health and reflection.
    static let messages = [
        message("join-request", WireCodec.decodeJoinRequest, WireCodec.encode),
        message("renew-request", WireCodec.decodeRenewRequest, WireCodec.encode),
        message("issued-certificate", WireCodec.decodeIssuedCertificate, WireCodec.encode),
        message(
            "health-request",
            { (bytes) throws(WireError) in
                try WireCodec.decodeHealthCheckRequest(bytes.span.bytes)
            }, WireCodec.encode),
        message(
            "health-response",
            { (bytes) throws(WireError) in
                try WireCodec.decodeHealthCheckResponse(bytes.span.bytes)
            }, WireCodec.encode),
        message("reflection-request", WireCodec.decodeReflectionRequest, WireCodec.encode),
        message("reflection-response", WireCodec.decodeReflectionResponse, WireCodec.encode),
        message("registration", WireCodec.decodeRegistration, WireCodec.encode),
        message("registered", WireCodec.decodeRegistered, WireCodec.encode),
        message("assignments-request", WireCodec.decodeAssignmentsRequest, WireCodec.encode),
        message("assignment-update", WireCodec.decodeAssignmentUpdate, WireCodec.encode),
        message("heartbeat", WireCodec.decodeHeartbeat, WireCodec.encode),
        message("status-report", WireCodec.decodeStatusReport, WireCodec.encode),
        message("exec-output", WireCodec.decodeExecOutput, WireCodec.encode),
        message("exec-input", WireCodec.decodeExecInput, WireCodec.encode),
        message("log-output", WireCodec.decodeLogOutput, WireCodec.encode),
    ]

    /// What decodes, encodes, and decodes to the same value.
    private static func message<Value: Equatable & Sendable>(
        _ name: String, _ decode: @escaping @Sendable ([UInt8]) throws(WireError) -> Value,
        _ encode: @escaping @Sendable (Value) throws(WireError) -> [UInt8]
    ) -> FuzzTarget {
        FuzzTarget(name: name) { bytes in
            guard let value = try? decode(Array(bytes)) else { return }
            do throws(WireError) {
                let again = try decode(try encode(value))
                precondition(again == value, "\(name): another value came back")
            } catch {
                preconditionFailure("\(name): what was decoded can't travel: \(error)")
            }
        }
    }
}
