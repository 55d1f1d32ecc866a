import HTTP2

extension Attack {
    /// Peers that do not speak HTTP/2.
    static let notHTTP2 = [
        bytes("an HTTP/1.1 request", Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
        bytes("a TLS handshake on a port without TLS", clientHello),
        bytes("noise", [UInt8](repeating: 0xA5, count: 4_096)),
        bytes("a preface with one byte wrong", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\t".utf8)),
        bytes("no SETTINGS after the preface", H2.magic + H2.headers(1)),
        Attack(
            name: "a frame over the limit", expected: .goAway(.frameSizeError),
            kind: "protocol_violation"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(H2.headers(1))
            peer.flood(
                H2.frame(type: 0, stream: 1, [UInt8](repeating: 0, count: 1 << 16)), count: 64)
            return try await peer.end()
        },
    ]

    private static func bytes(_ name: String, _ bytes: [UInt8]) -> Attack {
        Attack(name: name, expected: .goAway(.protocolError), kind: "protocol_violation") { ports in
            let peer = try await RawPeer(port: ports.plain, bytes)
            return try await peer.end()
        }
    }

    /// The beginning of one.
    static let clientHello: [UInt8] =
        [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]
        + [UInt8](repeating: 0x5C, count: 64)
}
