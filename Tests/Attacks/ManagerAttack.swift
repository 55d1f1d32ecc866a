import HTTP2
import NIOCore
import NIOSSL
import RPC

/// One thing that a stranger does to a manager, with TLS or without.
struct ManagerAttack: Sendable {
    /// The manager under attack.
    struct Site: Sendable {
        var port: Int
        /// What a client without a certificate speaks; `nil` where the manager has no TLS.
        var tls: NIOSSLContext?

        func peer(_ beginning: [UInt8] = H2.preface) async throws -> RawPeer {
            try await RawPeer(port: port, beginning, tls: tls)
        }

        func answer(
            _ path: String, _ body: [UInt8] = H2.message([]), ends: Bool = true
        ) async throws -> Answer {
            try await Dialogue.answer(
                port: port, H2.request(path), body: body, ends: ends, tls: tls)
        }
    }

    let name: String
    let expected: Answer
    /// As in ``Attack``.
    let kind: String?
    let run: @Sendable (Site) async throws -> Answer

    /// Resident memory of the manager may grow by so much while it lasts, in MiB.
    static let growthMaximum = 64
    private static let heartbeat = "/muster.v1.Worker/Heartbeat"
    private static let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"

    /// What is the same with TLS and without.
    static let common = [
        raw("rapid reset", .enhanceYourCalm, "rapid_reset") { peer in
            for stream in stride(from: UInt32(1), to: 20_001, by: 2) {
                peer.send(H2.headers(stream, heartbeat) + H2.reset(stream))
            }
        },
        raw("a CONTINUATION flood", .enhanceYourCalm, "continuation_flood") { peer in
            peer.send(H2.frame(type: 1, stream: 1, H2.block([(":method", "POST")])))
            peer.flood(H2.frame(type: 9, stream: 1, H2.block([("a", "b")])), count: 64_000)
        },
        raw("a SETTINGS flood", .enhanceYourCalm, "control_flood") { peer in
            peer.flood(H2.frame(type: 4), count: 100_000)
        },
        raw("a PING flood", .enhanceYourCalm, "too_many_pings") { peer in
            peer.flood(H2.frame(type: 6, [0, 1, 2, 3, 4, 5, 6, 7]), count: 100_000)
        },
        ManagerAttack(
            name: "a message that claims 4 GiB", expected: .status(.resourceExhausted),
            kind: "message_size"
        ) { site in
            try await site.answer(heartbeat, [0, 0xFF, 0xFF, 0xFF, 0xFF], ends: false)
        },
        ManagerAttack(
            name: "another content-type", expected: .http(415), kind: "bad_request"
        ) { site in
            let headers = H2.request(heartbeat).map { field in
                field.name == "content-type" ? (field.name, "text/html") : field
            }
            return try await Dialogue.answer(port: site.port, headers, tls: site.tls)
        },
        ManagerAttack(
            name: "a client that reads nothing of what it asks", expected: .held, kind: nil,
            run: slowReader),
        ManagerAttack(
            name: "more calls than a worker has", expected: .reset(.refusedStream),
            kind: "stream_bound"
        ) { site in
            let peer = try await site.peer()
            for index in 0..<UInt32(33) { peer.send(H2.headers(1 + 2 * index, reflection)) }
            return try await peer.end(of: 65)
        },
        ManagerAttack(
            name: "100 connections that say nothing", expected: .closed, kind: "handshake_timeout"
        ) { site in
            var peers: [RawPeer] = []
            for _ in 0..<100 { peers.append(try await RawPeer(port: site.port, [])) }
            return try await peers[99].end(within: .seconds(20))
        },
    ]

    static let plain = [
        ManagerAttack(
            name: "a registration that is no message", expected: .status(.invalidArgument),
            kind: "bad_message"
        ) { site in
            try await site.answer("/muster.v1.Worker/Register", H2.message(corrupt))
        }
    ]

    static let secure = [
        ManagerAttack(
            name: "a wish to join that is no message", expected: .status(.invalidArgument),
            kind: "bad_message"
        ) { site in
            try await site.answer("/muster.v1.Worker/Join", H2.message(corrupt))
        },
        ManagerAttack(
            name: "a heartbeat without a certificate", expected: .status(.unauthenticated),
            kind: nil
        ) { site in
            try await site.answer(heartbeat)
        },
        ManagerAttack(
            name: "1,000 connections without TLS on the TLS port", expected: .closed, kind: "tls"
        ) { site in
            for _ in 0..<999 { _ = try await RawPeer(port: site.port) }
            return try await RawPeer(port: site.port).end()
        },
    ]

    /// A length that there is not.
    private static let corrupt: [UInt8] = [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]

    /// Asks again and again for the description of the whole protocol, on all streams there may be.
    @Sendable
    private static func slowReader(_ site: Site) async throws -> Answer {
        let peer = try await site.peer()
        peer.send(H2.frame(type: 4, flags: 1) + H2.settings(4, 0))
        let name = Array("muster.v1.Worker".utf8)
        let request = H2.message([0x22, UInt8(name.count)] + name)
        for index in 0..<UInt32(32) {
            peer.send(H2.headers(1 + 2 * index, reflection))
            for _ in 0..<20 {
                let many = Array([[UInt8]](repeating: request, count: 500).joined())
                peer.send(H2.data(1 + 2 * index, many))
            }
        }
        return try await peer.isHeld(for: .seconds(2))
    }

    private static func raw(
        _ name: String, _ code: HTTP2ErrorCode, _ kind: String,
        _ send: @escaping @Sendable (RawPeer) async throws -> Void
    ) -> ManagerAttack {
        ManagerAttack(name: name, expected: .goAway(code), kind: kind) { site in
            let peer = try await site.peer()
            try await send(peer)
            return try await peer.end()
        }
    }
}
