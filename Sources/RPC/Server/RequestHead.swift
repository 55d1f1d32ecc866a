import HTTP2
import NIOCore

/// What the headers of a request ask for.
struct RequestHead {
    /// The place of `:path` in the header bytes.
    var path: Range<Int>
    var timeout: TimeAmount?
    var encoding = RPCCompression.identity
    var acceptsGzip = false
    var metadata = RPCMetadata()

    /// Why a request is no call.
    enum Refusal: Error {
        /// Not gRPC: an HTTP status.
        case http(HTTP2Headers)
        case status(RPCStatus)
        /// An encoding that this side does not read: it says which it does.
        case encoding(RPCStatus)
        /// Trailers, or no request at all.
        case ignored
    }

    private static let unread = 0..<0

    init(_ events: HTTP2Events, _ fields: Range<Int>) throws(Refusal) {
        path = Self.unread
        var isPost = false
        var isGRPC = false
        var hasTE = false
        for index in fields {
            let field = events.fields[index]
            switch field.known {
            case .path: path = field.value
            case .method: isPost = events.value(of: field, is: "POST")
            case .contentType: isGRPC = Self.isGRPCType(events, field)
            case .te: hasTE = events.value(of: field, is: "trailers")
            case .grpcTimeout: try readTimeout(events, field)
            case .other: try readOther(events, field)
            case .status, .grpcStatus, .unread: break
            }
        }
        guard path != Self.unread else { throw .ignored }
        guard isPost else { throw .http(HTTP2Headers([(":status", "405"), ("allow", "POST")])) }
        guard isGRPC else { throw .http(HTTP2Headers([(":status", "415")])) }
        guard hasTE else { throw .status(RPCStatus(.internalError, Self.noTE)) }
    }

    private static let noTE =
        "the header \"te: trailers\" is missing: the client, or a proxy on the way, does not speak "
        + "gRPC"

    private mutating func readTimeout(
        _ events: HTTP2Events, _ field: HTTP2Events.Field
    ) throws(Refusal) {
        guard let timeout = Timeout.parse(events.value(of: field)) else {
            throw .status(
                RPCStatus(
                    .internalError, "grpc-timeout is not a time: \(events.text(of: field))"))
        }
        self.timeout = timeout
    }

    private mutating func readOther(
        _ events: HTTP2Events, _ field: HTTP2Events.Field
    ) throws(Refusal) {
        if events.name(of: field, is: "grpc-encoding") {
            let name = events.text(of: field)
            guard let encoding = RPCCompression(rawValue: name) else {
                throw .encoding(
                    RPCStatus(
                        .unimplemented,
                        "grpc-encoding \(name) is not supported; use \(RPCCompression.accepted)"))
            }
            self.encoding = encoding
        } else if events.name(of: field, is: "grpc-accept-encoding") {
            acceptsGzip = events.text(of: field).split(separator: ",").contains {
                $0.trimmingSpaces == RPCCompression.gzip.rawValue
            }
        } else {
            metadata.add(events, field)
        }
    }

    /// `application/grpc`, alone or with a format or parameters.
    private static func isGRPCType(_ events: HTTP2Events, _ field: HTTP2Events.Field) -> Bool {
        if events.value(of: field, is: "application/grpc") { return true }
        let value = events.value(of: field)
        let type = "application/grpc".utf8
        guard value.starts(with: type) else { return false }
        let next = value[value.startIndex + type.count]
        return next == UInt8(ascii: "+") || next == UInt8(ascii: ";")
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        drop { $0 == " " }.prefix { $0 != " " }
    }
}

extension HTTP2Headers {
    private static let head = [(":status", "200"), ("content-type", "application/grpc")]

    /// The headers of a response with messages.
    static let success = HTTP2Headers.constant(head.map { (name: $0.0, value: $0.1) })
    static let okTrailers = HTTP2Headers.constant([(name: "grpc-status", value: "0")])

    /// The headers of a response with messages and more.
    static func success(
        _ metadata: RPCMetadata, compression: RPCCompression = .identity
    ) -> HTTP2Headers {
        guard !metadata.isEmpty || compression != .identity else { return success }
        var headers = success
        if compression != .identity {
            headers.append("grpc-encoding", compression.rawValue)
            headers.append("grpc-accept-encoding", RPCCompression.accepted)
        }
        headers.append(metadata)
        return headers
    }

    /// A response that is a status alone.
    static func failure(_ status: RPCStatus, metadata: RPCMetadata = .init()) -> HTTP2Headers {
        status.trailers(after: success, metadata: metadata)
    }
}
