import HTTP2

extension Attack {
    /// Header blocks that are larger than they look, longer than allowed, or broken.
    static let headerLists = [
        raw("an HPACK bomb", .enhanceYourCalm, "header_list") { peer in
            // A field of 4,000 bytes enters the table, then each byte refers to it: 64 MB a frame.
            let insert =
                [0x40] + H2.string([0x78]) + H2.string([UInt8](repeating: 98, count: 4_000))
            let block = insert + [UInt8](repeating: 0xBE, count: 12_000)
            for stream in stride(from: UInt32(1), to: 100, by: 2) {
                peer.send(H2.frame(type: 1, flags: 4, stream: stream, block))
            }
        },
        raw("a header list over the limit", .enhanceYourCalm, "header_list") { peer in
            let field = ("x", String(repeating: "y", count: 1_000))
            let block = H2.block(Array(repeating: field, count: 20))
            peer.send(H2.frame(type: 1, stream: 1, Array(block.prefix(16_000))))
            peer.send(H2.frame(type: 9, flags: 4, stream: 1, Array(block.dropFirst(16_000))))
        },
        raw("a header list of a great many small fields", .enhanceYourCalm, "header_list") { peer in
            // Indexed fields of the static table: one byte each.
            let block = [UInt8](repeating: 0x90, count: 16_000)
            peer.send(H2.frame(type: 1, flags: 4, stream: 1, block))
        },
        raw("a CONTINUATION flood", .enhanceYourCalm, "continuation_flood") { peer in
            peer.send(H2.frame(type: 1, stream: 1, H2.block([(":method", "POST")])))
            peer.flood(
                H2.frame(type: 9, stream: 1, H2.block([("a", "b")])), count: 64_000)
        },
        raw("an empty CONTINUATION flood", .enhanceYourCalm, "continuation_flood") { peer in
            peer.send(H2.frame(type: 1, stream: 1, H2.block([(":method", "POST")])))
            peer.flood(H2.frame(type: 9, stream: 1), count: 64_000)
        },
        raw("header compression that does not decode", .compressionError, "compression") { peer in
            peer.send(H2.frame(type: 1, flags: 4, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF, 0x7F]))
        },
        raw("an index beyond the table", .compressionError, "compression") { peer in
            peer.send(H2.frame(type: 1, flags: 4, stream: 1, [0xFE]))
        },
        raw("a table larger than allowed", .compressionError, "compression") { peer in
            peer.send(H2.frame(type: 1, flags: 4, stream: 1, [0x3F, 0xFF, 0xFF, 0xFF, 0x07]))
        },
        Attack(name: "a table of 4 GiB allowed to the server", expected: .held, kind: nil) {
            ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(H2.settings(1, .max))
            let call = H2.data(1, H2.message([1]), ends: true)
            peer.send(H2.headers(1) + call)
            try await peer.data(6)
            return .held
        },
    ]

    /// An attack by bytes that ends the connection.
    static func raw(
        _ name: String, _ code: HTTP2ErrorCode, _ kind: String,
        _ send: @escaping @Sendable (RawPeer) async throws -> Void
    ) -> Attack {
        Attack(name: name, expected: .goAway(code), kind: kind) { ports in
            let peer = try await RawPeer(port: ports.plain)
            try await send(peer)
            return try await peer.end()
        }
    }
}
