public import Model

/// A batch of task reports within a session: the request of `ReportStatus`.
public struct StatusReport: Hashable, Sendable {
    public var session: SessionID
    public var tasks: [TaskReport]

    public init(session: SessionID, tasks: [TaskReport]) {
        self.session = session
        self.tasks = tasks
    }
}

/// The request of `Assignments`.
public struct AssignmentsRequest: Hashable, Sendable {
    public var session: SessionID

    public init(session: SessionID) {
        self.session = session
    }
}

/// The messages of the worker protocol as bytes and back.
///
/// Decoding checks every rule of `Protos/muster/v1/worker.proto`: what decodes is safe to give to a
/// core. Encoding checks what C could not carry: NUL, ranges, sizes. Unknown fields are ignored.
public enum WireCodec {
    public static func encode(_ value: JoinRequest) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: RenewRequest) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: IssuedCertificate) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: Registration) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: Registered) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: AssignmentsRequest) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: AssignmentUpdate) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: Heartbeat) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: StatusReport) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: ExecOutput) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: ExecInput) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: LogOutput) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: UsageReport) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: ProtectTask) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: TaskProtectionAnswer) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    /// The answer to `Heartbeat`, `ReportStatus` and `ReportUsage`: a message without fields.
    public static let acknowledgement: [UInt8] = []

    public static func decodeJoinRequest(_ bytes: [UInt8]) throws(WireError) -> JoinRequest {
        try decode(bytes.span.bytes)
    }

    public static func decodeRenewRequest(_ bytes: [UInt8]) throws(WireError) -> RenewRequest {
        try decode(bytes.span.bytes)
    }

    public static func decodeIssuedCertificate(
        _ bytes: [UInt8]
    ) throws(WireError) -> IssuedCertificate {
        try decode(bytes.span.bytes)
    }

    public static func decodeRegistration(_ bytes: [UInt8]) throws(WireError) -> Registration {
        try decode(bytes.span.bytes)
    }

    public static func decodeRegistered(_ bytes: [UInt8]) throws(WireError) -> Registered {
        try decode(bytes.span.bytes)
    }

    public static func decodeAssignmentsRequest(
        _ bytes: [UInt8]
    ) throws(WireError) -> AssignmentsRequest {
        try decode(bytes.span.bytes)
    }

    public static func decodeAssignmentUpdate(
        _ bytes: [UInt8]
    ) throws(WireError) -> AssignmentUpdate {
        try decode(bytes.span.bytes)
    }

    public static func decodeHeartbeat(_ bytes: [UInt8]) throws(WireError) -> Heartbeat {
        try decode(bytes.span.bytes)
    }

    /// The form for a handler that only borrows the request.
    public static func decodeHeartbeat(_ bytes: RawSpan) throws(WireError) -> Heartbeat {
        try decode(bytes)
    }

    public static func decodeStatusReport(_ bytes: [UInt8]) throws(WireError) -> StatusReport {
        try decode(bytes.span.bytes)
    }

    public static func decodeUsageReport(_ bytes: [UInt8]) throws(WireError) -> UsageReport {
        try decode(bytes.span.bytes)
    }

    public static func decodeProtectTask(_ bytes: [UInt8]) throws(WireError) -> ProtectTask {
        try decode(bytes.span.bytes)
    }

    public static func decodeTaskProtectionAnswer(
        _ bytes: [UInt8]
    ) throws(WireError) -> TaskProtectionAnswer {
        try decode(bytes.span.bytes)
    }

    public static func decodeExecOutput(_ bytes: [UInt8]) throws(WireError) -> ExecOutput {
        try decode(bytes.span.bytes)
    }

    public static func decodeExecInput(_ bytes: [UInt8]) throws(WireError) -> ExecInput {
        try decode(bytes.span.bytes)
    }

    public static func decodeLogOutput(_ bytes: [UInt8]) throws(WireError) -> LogOutput {
        try decode(bytes.span.bytes)
    }

    static func decode<Value: Message>(_ bytes: RawSpan) throws(WireError) -> Value {
        try bytes.withUnsafeBytes { (bytes) throws(WireError) in try Value.decoded(bytes) }
    }
}
