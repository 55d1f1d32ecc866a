import CWire

// The messages of gRPC's standard health service (Protos/grpc/health/v1/health.proto).

/// Whether a service takes calls.
public enum ServingStatus: UInt32, Hashable, Sendable, CaseIterable {
    case unknown = 0
    case serving = 1
    case notServing = 2
    /// The server has no such service. Only `Watch` says this.
    case serviceUnknown = 3
}

/// The request of `Check` and `Watch`.
public struct HealthCheckRequest: Hashable, Sendable {
    /// `package.Service`; empty asks for the server as a whole.
    public var service: String

    public init(service: String) {
        self.service = service
    }
}

/// The answer of `Check`, and each message of `Watch`.
public struct HealthCheckResponse: Hashable, Sendable {
    public var status: ServingStatus

    public init(status: ServingStatus) {
        self.status = status
    }
}

/// The names of the health service in gRPC.
public enum HealthService {
    public static let check = "/grpc.health.v1.Health/Check"
    public static let watch = "/grpc.health.v1.Health/Watch"
}

extension WireCodec {
    public static func encode(_ value: HealthCheckRequest) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func encode(_ value: HealthCheckResponse) throws(WireError) -> [UInt8] {
        try value.encoded()
    }

    public static func decodeHealthCheckRequest(
        _ bytes: RawSpan
    ) throws(WireError) -> HealthCheckRequest {
        try decode(bytes)
    }

    public static func decodeHealthCheckResponse(
        _ bytes: RawSpan
    ) throws(WireError) -> HealthCheckResponse {
        try decode(bytes)
    }
}

extension HealthCheckRequest: Message {
    static var initialize: (UnsafeMutablePointer<Grpc__Health__V1__HealthCheckRequest>?) -> Void {
        grpc__health__v1__health_check_request__init
    }
    static var messageName: String { "HealthCheckRequest" }

    func write(
        to message: inout Grpc__Health__V1__HealthCheckRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.service = try encoder.string(service, "service")
    }

    init(
        reading message: Grpc__Health__V1__HealthCheckRequest, _ decoder: Decoder
    ) throws(WireError) {
        self.init(service: try decoder.string(message.service, "service"))
    }
}

extension HealthCheckResponse: Message {
    static var initialize: (UnsafeMutablePointer<Grpc__Health__V1__HealthCheckResponse>?) -> Void {
        grpc__health__v1__health_check_response__init
    }
    static var messageName: String { "HealthCheckResponse" }

    func write(
        to message: inout Grpc__Health__V1__HealthCheckResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.status.rawValue = status.rawValue
    }

    init(
        reading message: Grpc__Health__V1__HealthCheckResponse, _ decoder: Decoder
    ) throws(WireError) {
        // A status of a newer version of the service says nothing here.
        self.init(status: ServingStatus(rawValue: message.status.rawValue) ?? .unknown)
    }
}
