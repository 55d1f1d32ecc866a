import HTTP2
import NIOCore

/// Who waits for what a call brings. Its methods run on the connection's event loop.
protocol ClientCallReceiver: AnyObject, Sendable {
    /// Nobody waits any more: the call was cancelled before it began.
    var isOver: Bool { get }
    /// Takes a message. Whether there is room for more.
    func receive(_ message: [UInt8]) -> Bool
    /// The call has ended; nothing follows.
    func end(_ status: RPCStatus)
}

/// A call to be made.
struct ClientRequest: Sendable {
    var method: String
    var message: [UInt8]
    var timeout: Duration?

    func headers(authority: String) -> HTTP2Headers {
        var headers = HTTP2Headers([
            (":method", "POST"), (":scheme", "http"), (":path", method),
            (":authority", authority), ("content-type", "application/grpc"), ("te", "trailers"),
            ("user-agent", "muster"),
        ])
        if let timeout {
            headers.append("grpc-timeout", Timeout.format(TimeAmount(clamping: timeout)))
        }
        return headers
    }
}

/// One call of a client's connection.
struct ClientCall {
    let receiver: any ClientCallReceiver
    var reader: MessageReader
    var timer: Scheduled<Void>?
    /// Bytes that the receiver has no room for yet: flow control holds the server by them.
    var heldBytes = 0
    private(set) var hasHeaders = false
    /// The status that the server sent.
    private(set) var status: RPCStatus?

    init(receiver: any ClientCallReceiver, responseMaximum: Int) {
        self.receiver = receiver
        reader = MessageReader(maximum: responseMaximum)
    }

    /// Reads a header list: the response's head, its trailers, or both in one. Returns the status
    /// with which the call must end at once because what came is not gRPC.
    mutating func read(_ events: HTTP2Events, _ fields: Range<Int>) -> RPCStatus? {
        var code: ArraySlice<UInt8>?
        var message = ""
        for field in events.fields[fields] {
            let value = events.value(of: field)
            if events.name(of: field, is: "grpc-status") {
                code = value
            } else if events.name(of: field, is: "grpc-message") {
                message = PercentEncoding.decode(value)
            } else if events.name(of: field, is: ":status") {
                // Informational responses precede the real one.
                if value.first == UInt8(ascii: "1") { return nil }
                hasHeaders = true
                guard value.elementsEqual("200".utf8) else {
                    return RPCStatus(httpStatus: events.text(of: field))
                }
            } else if events.name(of: field, is: "content-type"),
                !value.starts(with: "application/grpc".utf8)
            {
                return RPCStatus(.unknown, "the server answered with \(events.text(of: field))")
            } else if events.name(of: field, is: "grpc-encoding"),
                !value.elementsEqual("identity".utf8)
            {
                return RPCStatus(
                    .internalError, "the server compresses with \(events.text(of: field))")
            }
        }
        if let code {
            let number = Int(String(decoding: code, as: UTF8.self)) ?? 2
            status = RPCStatus(RPCStatus.Code(rawValue: number) ?? .unknown, message)
        }
        return nil
    }

    /// What a call has come to when the server has sent all.
    var endStatus: RPCStatus {
        guard let status else {
            return RPCStatus(.internalError, "the server ended the call without a status")
        }
        guard reader.pendingBytes == 0 || status.code != .ok else {
            return RPCStatus(.internalError, "the server cut a message off")
        }
        return status
    }
}
