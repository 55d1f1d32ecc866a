import HTTP2
import RPC

extension Attack {
    /// Requests that are no calls.
    static let requests = [
        request("another content-type", .http(415), "bad_request") {
            $0["content-type"] = "text/html"
        },
        request("no content-type", .http(415), "bad_request") { $0["content-type"] = nil },
        request("content-type application/grpcx", .http(415), "bad_request") {
            $0["content-type"] = "application/grpcx"
        },
        request("no te", .status(.internalError), "bad_request") { $0["te"] = nil },
        request("GET", .http(405), "bad_request") { $0[":method"] = "GET" },
        request("a method that there is not", .status(.unimplemented), "bad_request") {
            $0[":path"] = "/attack.T/Nothing"
        },
        request("a path of 12 KB", .status(.unimplemented), "bad_request") {
            $0[":path"] = "/" + String(repeating: "x", count: 12_000)
        },
        request("an empty path", .reset(.protocolError), "stream_violation") { $0[":path"] = "" },
        request("a path without a slash", .reset(.protocolError), "stream_violation") {
            $0[":path"] = "attack.T/Echo"
        },
        request("no path", .reset(.protocolError), "stream_violation") { $0[":path"] = nil },
        request("no method", .reset(.protocolError), "stream_violation") { $0[":method"] = nil },
        Attack(
            name: "a header in capitals", expected: .reset(.protocolError),
            kind: "stream_violation"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(
                H2.frame(type: 1, flags: 4, stream: 1, H2.block(H2.echo + [("X-Big", "1")])))
            return try await peer.end(of: 1)
        },
        request("a header of HTTP/1.1", .reset(.protocolError), "stream_violation") {
            $0["connection"] = "keep-alive"
        },
        request("a header with a line break", .reset(.protocolError), "stream_violation") {
            $0["x"] = "a\r\nb"
        },
        request("a grpc-timeout that is none", .status(.internalError), "bad_request") {
            $0["grpc-timeout"] = "soon"
        },
        request("an encoding that there is not", .status(.unimplemented), "bad_request") {
            $0["grpc-encoding"] = "zstd"
        },
    ]

    /// A call with one header another or missing.
    private static func request(
        _ name: String, _ expected: Answer, _ kind: String,
        _ change: @escaping @Sendable (inout Fields) -> Void
    ) -> Attack {
        Attack(name: name, expected: expected, kind: kind) { ports in
            var fields = Fields(list: H2.echo)
            change(&fields)
            return try await Dialogue.answer(port: ports.plain, fields.list)
        }
    }

    private struct Fields {
        var list: [(name: String, value: String)]

        subscript(name: String) -> String? {
            get { list.first { $0.name == name }?.value }
            set {
                let place = list.firstIndex { $0.name == name } ?? list.count
                list.removeAll { $0.name == name }
                if let newValue { list.insert((name, newValue), at: min(place, list.count)) }
            }
        }
    }
}
