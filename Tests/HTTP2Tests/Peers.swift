import HTTP2
import Testing

/// A client and a server whose bytes cross in memory.
final class Peers {
    let client: HTTP2Session
    let server: HTTP2Session
    private(set) var clientEvents: [HTTP2Events.Event] = []
    private(set) var serverEvents: [HTTP2Events.Event] = []
    /// What the server was sent, DATA only, by stream.
    private(set) var bodies: [Int32: [UInt8]] = [:]
    /// Header lists that the client and the server got, as `name: value` lines.
    private(set) var clientHeaders: [[String]] = []
    private(set) var serverHeaders: [[String]] = []
    private(set) var clientBodies: [Int32: [UInt8]] = [:]
    var consumes = true

    init(server settings: HTTP2Settings = .init(), client: HTTP2Settings = .init()) throws {
        self.client = try #require(HTTP2Session(role: .client, settings: client))
        server = try #require(HTTP2Session(role: .server, settings: settings))
    }

    /// Carries bytes both ways until neither side has any.
    func exchange() {
        while true {
            let toServer = output(of: client)
            let toClient = output(of: server)
            if toServer.isEmpty && toClient.isEmpty { return }
            if !toServer.isEmpty { giveServer(toServer) }
            if !toClient.isEmpty { giveClient(toClient) }
        }
    }

    func giveServer(_ bytes: [UInt8], at milliseconds: Int64 = 0) {
        bytes.withUnsafeBytes { server.receive($0, at: milliseconds) }
        let events = server.takeEvents()
        serverEvents += events.list
        for event in events.list {
            if case .headers(_, let fields, _) = event {
                serverHeaders.append(lines(events, fields))
            }
            if case .data(let stream, let range) = event {
                bodies[stream, default: []] += bytes[range]
                if consumes { server.consume(range.count, stream: stream) }
            }
        }
    }

    private func giveClient(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { client.receive($0, at: 0) }
        let events = client.takeEvents()
        clientEvents += events.list
        for event in events.list {
            if case .headers(_, let fields, _) = event {
                clientHeaders.append(lines(events, fields))
            }
            if case .data(let stream, let range) = event {
                clientBodies[stream, default: []] += bytes[range]
                if consumes { client.consume(range.count, stream: stream) }
            }
        }
    }

    private func lines(_ events: HTTP2Events, _ fields: Range<Int>) -> [String] {
        events.fields[fields].map { field in
            events.line(of: field)
        }
    }
}

func output(of session: HTTP2Session) -> [UInt8] {
    var bytes: [UInt8] = []
    _ = session.send(upTo: .max) { bytes.append(contentsOf: $0) }
    return bytes
}

let requestHeaders = HTTP2Headers([
    (":method", "POST"), (":scheme", "http"), (":path", "/a.B/C"), (":authority", "test"),
])

/// An HTTP/2 frame, spelled out.
func frame(
    type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = [], length: Int? = nil
) -> [UInt8] {
    let length = length ?? payload.count
    let head = [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
    let id = [24, 16, 8, 0].map { UInt8(stream >> $0 & 0xFF) }
    return head + [type, flags] + id + payload
}

let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(type: 4)

/// The codes of the GOAWAY frames among bytes that a server wrote.
func goAwayCodes(in bytes: [UInt8]) -> [UInt32] {
    var codes: [UInt32] = []
    var rest = bytes[...]
    while rest.count >= 9 {
        let head = Array(rest.prefix(9))
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        let payload = Array(rest.dropFirst(9).prefix(length))
        if head[3] == 7, payload.count >= 8 {
            codes.append(payload[4..<8].reduce(0) { $0 << 8 | UInt32($1) })
        }
        rest = rest.dropFirst(9 + length)
    }
    return codes
}
