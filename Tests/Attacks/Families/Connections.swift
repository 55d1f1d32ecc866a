import HTTP2
import ProcessSupport

extension Attack {
    /// Connections that come and do nothing, or stop half-way.
    static let connections = [
        silent("a connection that says nothing", [], "handshake_timeout"),
        silent(
            "one that stops within the preface", Array(H2.magic.prefix(10)), "handshake_timeout"),
        silent("one that stops before SETTINGS", H2.magic, "handshake_timeout"),
        silent("one that stops within a frame", H2.preface + [0, 0, 8], "silence"),
        silent(
            "one that stops within a header block",
            H2.preface + H2.frame(type: 1, stream: 1, H2.block([("a", "b")])), "silence"),
        silent(
            "one that stops within a message",
            H2.preface + H2.headers(1) + H2.data(1, [0, 0, 0, 8, 0, 1]), "silence"),
        silent("one that never answers pings", H2.preface, "silence"),
        silent("one that says nothing on the TLS port", [], "handshake_timeout", secure: true),
        silent(
            "one that stops within the TLS handshake", Array(clientHello.prefix(20)),
            "handshake_timeout", secure: true),
        Attack(
            name: "a preface a byte at a time", expected: .closed, kind: "handshake_timeout"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain, [])
            var rest = H2.magic[...]
            return try await eventually(within: .seconds(10), "the server gives up") {
                if let byte = rest.popFirst(), rest.count > 2 { peer.send([byte]) }
                return peer.isOpen ? nil : .closed
            }
        },
        Attack(
            name: "more connections than the server holds", expected: .closed,
            kind: "connection_bound", growthMaximum: 32
        ) { ports in
            var peers: [RawPeer] = []
            for _ in 0..<150 { peers.append(try await RawPeer(port: ports.plain)) }
            return try await peers[149].end()
        },
        Attack(name: "1,000 connections that are closed at once", expected: .held, kind: nil) {
            ports in
            for _ in 0..<1_000 { _ = try await RawPeer(port: ports.plain) }
            return .held
        },
        Attack(
            name: "requests that never end, on all streams", expected: .reset(.refusedStream),
            kind: "stream_bound"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            for index in 0..<UInt32(129) {
                peer.send(H2.headers(1 + 2 * index))
                peer.send(H2.data(1 + 2 * index, [0, 0, 0, 0, 9, 1]))
            }
            return try await peer.end(of: 257)
        },
    ]

    private static func silent(
        _ name: String, _ bytes: [UInt8], _ kind: String, secure: Bool = false
    ) -> Attack {
        Attack(name: name, expected: .closed, kind: kind) { ports in
            let peer = try await RawPeer(port: secure ? ports.secure : ports.plain, bytes)
            return try await peer.end()
        }
    }
}
