import HTTP2
import NIOCore

/// One call that a server connection has not answered yet.
struct ServerCall {
    enum State {
        /// The request is on its way.
        case receiving
        /// A deferred handler has it.
        case answering
        case streaming(RPCStreamWriter)
    }

    let method: RPCMethod
    var reader: MessageReader
    var state = State.receiving
    var deadline: NIODeadline?
    var timer: Scheduled<Void>?
    /// The client has sent everything.
    var hasRequestEnded = false

    var isReceiving: Bool {
        if case .receiving = state { true } else { false }
    }

    /// What a request's headers ask for.
    enum Opening {
        case call(path: Range<Int>, timeout: TimeAmount?)
        /// Not gRPC: an HTTP status.
        case http(HTTP2Headers)
        case status(HTTP2Headers)
        /// Not a request.
        case ignored
    }

    static func open(_ events: HTTP2Events, _ fields: Range<Int>) -> Opening {
        var path: Range<Int>?
        var isPost = false
        var isGRPC = false
        var timeout: TimeAmount?
        for field in events.fields[fields] {
            if events.name(of: field, is: ":path") {
                path = field.value
            } else if events.name(of: field, is: ":method") {
                isPost = events.value(of: field).elementsEqual("POST".utf8)
            } else if events.name(of: field, is: "content-type") {
                isGRPC = isGRPCType(events.value(of: field))
            } else if events.name(of: field, is: "grpc-timeout") {
                timeout = Timeout.parse(events.value(of: field))
                guard timeout != nil else {
                    let message = "grpc-timeout is not a time: \(events.text(of: field))"
                    return .status(.failure(RPCStatus(.internalError, message)))
                }
            } else if events.name(of: field, is: "grpc-encoding"),
                !events.value(of: field).elementsEqual("identity".utf8)
            {
                return .status(.unsupportedEncoding(events.text(of: field)))
            }
        }
        guard let path else { return .ignored }
        guard isPost else { return .http(HTTP2Headers([(":status", "405"), ("allow", "POST")])) }
        guard isGRPC else { return .http(HTTP2Headers([(":status", "415")])) }
        return .call(path: path, timeout: timeout)
    }

    /// `application/grpc`, alone or with a format or parameters.
    private static func isGRPCType(_ value: ArraySlice<UInt8>) -> Bool {
        let type = "application/grpc".utf8
        guard value.starts(with: type) else { return false }
        let rest = value.dropFirst(type.count)
        return rest.isEmpty || rest.first == 0x2B || rest.first == 0x3B
    }
}

extension HTTP2Headers {
    /// The headers of a response with messages.
    static let success = HTTP2Headers([(":status", "200"), ("content-type", "application/grpc")])
    static let okTrailers = HTTP2Headers([("grpc-status", "0")])

    /// A response that is a status alone.
    static func failure(_ status: RPCStatus) -> HTTP2Headers {
        status.trailers(after: [(":status", "200"), ("content-type", "application/grpc")])
    }

    static func unsupportedEncoding(_ name: String) -> HTTP2Headers {
        let message = "grpc-encoding \(name) is not supported: send messages uncompressed"
        var headers = failure(RPCStatus(.unimplemented, message))
        headers.append("grpc-accept-encoding", "identity")
        return headers
    }
}
