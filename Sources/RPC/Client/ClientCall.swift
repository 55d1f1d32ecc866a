import HTTP2
import NIOCore

/// Who waits for what a call brings. Its methods run on the connection's event loop.
protocol ClientCallReceiver: AnyObject, Sendable {
    /// Nobody waits any more: the call was cancelled before it began.
    var isOver: Bool { get }
    /// The head of the response came.
    func began(_ metadata: RPCMetadata)
    /// Takes a message. Whether there is room for more.
    func receive(_ message: [UInt8]) -> Bool
    /// The call has ended; nothing follows.
    func end(_ status: RPCStatus, _ metadata: RPCMetadata)
    /// The same for a call that the server never handled: it can be made again.
    ///
    /// - Parameter isConnectionOver: the connection takes no more calls.
    func refused(_ status: RPCStatus, isConnectionOver: Bool)
}

extension ClientCallReceiver {
    func refused(_ status: RPCStatus, isConnectionOver: Bool) {
        end(status, .init())
    }
}

/// A call to be made.
struct ClientRequest: Sendable {
    enum Body: Sendable {
        case message([UInt8])
        case stream(OutboundMessages)
    }

    var method: String
    var body: Body
    var options: RPCCallOptions

    func headers(authority: String, scheme: String) -> HTTP2Headers {
        var headers = HTTP2Headers([
            (":method", "POST"), (":scheme", scheme), (":path", method),
            (":authority", authority), ("te", "trailers"), ("content-type", "application/grpc"),
            ("user-agent", "muster"), ("grpc-accept-encoding", RPCCompression.accepted),
        ])
        if let timeout = options.timeout {
            headers.append("grpc-timeout", Timeout.format(TimeAmount(clamping: timeout)))
        }
        if options.compression != .identity {
            headers.append("grpc-encoding", options.compression.rawValue)
        }
        headers.append(options.metadata)
        return headers
    }
}

/// One call of a client's connection.
final class ClientCall {
    let receiver: any ClientCallReceiver
    /// What the client still sends.
    let outbound: OutboundMessages?
    var inflow: Inflow
    var timer: Scheduled<Void>?
    private let responseMaximum: Int
    private(set) var hasHeaders = false
    /// The status that the server sent.
    private(set) var status: RPCStatus?
    private(set) var trailers = RPCMetadata()

    init(
        receiver: any ClientCallReceiver, outbound: OutboundMessages?, responseMaximum: Int
    ) {
        self.receiver = receiver
        self.outbound = outbound
        self.responseMaximum = responseMaximum
        inflow = Inflow(maximum: responseMaximum)
    }

    /// Reads a header list: the response's head, its trailers, or both in one. Returns the status
    /// with which the call must end at once because what came is not gRPC.
    func read(_ events: HTTP2Events, _ fields: Range<Int>) -> RPCStatus? {
        var ending = Ending()
        var metadata = RPCMetadata()
        let isHead = !hasHeaders
        for index in fields {
            let field = events.fields[index]
            let value = events.value(of: field)
            if ending.read(events, field) {
                continue
            } else if field.known == .status {
                // Informational responses precede the real one.
                if value.first == UInt8(ascii: "1") { return nil }
                hasHeaders = true
                guard events.value(of: field, is: "200") else {
                    return RPCStatus(httpStatus: events.text(of: field))
                }
            } else if field.known == .contentType {
                guard value.starts(with: "application/grpc".utf8) else {
                    return RPCStatus(
                        .unknown, "the server answered with \(events.text(of: field))")
                }
            } else if events.name(of: field, is: "grpc-encoding") {
                guard let encoding = RPCCompression(rawValue: events.text(of: field)) else {
                    return RPCStatus(
                        .internalError, "the server compresses with \(events.text(of: field))")
                }
                inflow = Inflow(maximum: responseMaximum, encoding: encoding)
            } else {
                metadata.add(events, field)
            }
        }
        status = ending.status ?? status
        if status != nil { trailers = metadata }
        if isHead { receiver.began(status == nil ? metadata : RPCMetadata()) }
        return nil
    }

    /// What a call has come to when the server has sent all.
    var endStatus: RPCStatus {
        guard let status else {
            return RPCStatus(.internalError, "the server ended the call without a status")
        }
        guard inflow.pendingBytes == 0 || status.code != .ok else {
            return RPCStatus(.internalError, "the server cut a message off")
        }
        return status
    }
}

/// The status in a header list.
private struct Ending {
    private var code: Int?
    private var message = ""
    private var details: [UInt8] = []

    var status: RPCStatus? {
        code.map { code in
            RPCStatus(RPCStatus.Code(rawValue: code) ?? .unknown, message, details: details)
        }
    }

    /// Whether a header is part of it.
    mutating func read(_ events: HTTP2Events, _ field: HTTP2Events.Field) -> Bool {
        if field.known == .grpcStatus {
            code = Int(events.text(of: field)) ?? RPCStatus.Code.unknown.rawValue
        } else if events.name(of: field, is: "grpc-message") {
            message = PercentEncoding.decode(events.value(of: field))
        } else if events.name(of: field, is: "grpc-status-details-bin") {
            details = Base64.decode(events.value(of: field)) ?? []
        } else {
            return false
        }
        return true
    }
}
