/// Headers that nearly every request or response of gRPC has. They are told apart once, as they
/// come, and their names are not kept.
public enum HTTP2HeaderName: UInt8, Hashable, Sendable {
    case method, path, status, contentType, te, grpcStatus, grpcTimeout
    /// Nothing here depends on them: `:scheme`, `:authority`, `user-agent`, `content-length`. Not
    /// kept at all.
    case unread
    /// Any other; its name is kept.
    case other

    /// As it is on the wire; empty where it is not known.
    var text: String {
        switch self {
        case .method: ":method"
        case .path: ":path"
        case .status: ":status"
        case .contentType: "content-type"
        case .te: "te"
        case .grpcStatus: "grpc-status"
        case .grpcTimeout: "grpc-timeout"
        case .unread, .other: ""
        }
    }

    /// By length first: most names are told apart by it.
    init(_ name: UnsafeBufferPointer<UInt8>) {
        self =
            switch name.count {
            case 2 where Self.matches(name, "te"): .te
            case 5 where Self.matches(name, ":path"): .path
            case 7 where Self.matches(name, ":method"): .method
            case 7 where Self.matches(name, ":status"): .status
            case 7 where Self.matches(name, ":scheme"): .unread
            case 10 where Self.matches(name, ":authority"): .unread
            case 10 where Self.matches(name, "user-agent"): .unread
            case 11 where Self.matches(name, "grpc-status"): .grpcStatus
            case 12 where Self.matches(name, "content-type"): .contentType
            case 12 where Self.matches(name, "grpc-timeout"): .grpcTimeout
            case 14 where Self.matches(name, "content-length"): .unread
            default: .other
            }
    }

    private static func matches(
        _ name: UnsafeBufferPointer<UInt8>, _ text: StaticString
    ) -> Bool {
        for index in 0..<name.count where name[index] != text.utf8Start[index] { return false }
        return true
    }
}
