import HTTP2

extension Attack {
    private static let many = 100_000
    private static let calm = HTTP2ErrorCode.enhanceYourCalm

    /// Frames that cost the sender nothing.
    static let floods = [
        raw("rapid reset", calm, "rapid_reset") { peer in
            for stream in stride(from: UInt32(1), to: 20_001, by: 2) {
                peer.send(H2.headers(stream) + H2.reset(stream))
            }
        },
        raw("streams that the server is made to reset", calm, "rapid_reset") { peer in
            // More window than there can be is an error of its stream.
            for stream in stride(from: UInt32(1), to: 20_001, by: 2) {
                peer.send(
                    H2.headers(stream, "/attack.T/Later") + H2.windowUpdate(stream, 0x7FFF_FFFF))
            }
        },
        raw("streams over the limit, again and again", calm, "rapid_reset") { peer in
            for stream in stride(from: UInt32(1), to: 20_001, by: 2) {
                peer.send(H2.headers(stream, "/attack.T/Deaf"))
            }
        },
        raw("a SETTINGS flood", calm, "control_flood") { peer in
            peer.flood(H2.frame(type: 4), count: many)
        },
        raw("a SETTINGS flood with values", calm, "control_flood") { peer in
            peer.flood(H2.settings(4, 0) + H2.settings(4, 65_535), count: many)
        },
        raw("a SETTINGS frame of many values", calm, "control_flood") { peer in
            let one: [UInt8] = [0, 4, 0, 0, 0, 1]
            peer.send(H2.frame(type: 4, Array([[UInt8]](repeating: one, count: 1_000).joined())))
        },
        raw("a PING flood", calm, "too_many_pings") { peer in
            peer.flood(H2.frame(type: 6, [0, 1, 2, 3, 4, 5, 6, 7]), count: many)
        },
        raw("a flood of answers to pings that were not sent", calm, "idle_frames") { peer in
            peer.flood(H2.frame(type: 6, flags: 1, [0, 1, 2, 3, 4, 5, 6, 7]), count: many)
        },
        raw("a flood of empty DATA", calm, "idle_frames") { peer in
            peer.send(H2.headers(1))
            peer.flood(H2.data(1, []), count: many)
        },
        raw("a flood of DATA that is padding", calm, "idle_frames") { peer in
            peer.send(H2.headers(1))
            peer.flood(H2.frame(type: 0, flags: 8, stream: 1, [3, 0, 0, 0]), count: many)
        },
        raw("a PRIORITY flood", calm, "idle_frames") { peer in
            peer.flood(H2.frame(type: 2, stream: 3, [0, 0, 0, 0, 1]), count: many)
        },
        raw("a WINDOW_UPDATE flood", calm, "idle_frames") { peer in
            peer.flood(H2.windowUpdate(0, 1), count: many)
        },
        raw("a flood of frames of an unknown type", calm, "idle_frames") { peer in
            peer.flood(H2.frame(type: 0xEE, [1, 2, 3]), count: many)
        },
        raw("a flood of HEADERS for streams that are over", calm, "idle_frames") { peer in
            peer.send(H2.headers(99) + H2.data(99, H2.message([]), ends: true))
            peer.flood(H2.headers(1), count: many)
        },
        Attack(name: "a flood of DATA for streams that are over", expected: .held, kind: nil) {
            ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(H2.headers(1) + H2.data(1, H2.message([]), ends: true))
            try await peer.data(5)
            // The library drops it for next to nothing, and the connection goes on.
            peer.flood(H2.data(1, [1]), count: many)
            peer.send(H2.headers(3) + H2.data(3, H2.message([]), ends: true))
            try await peer.data(10)
            return .held
        },
        raw("a RST_STREAM flood", calm, "rapid_reset") { peer in
            peer.send(H2.headers(1))
            peer.flood(H2.reset(1), count: many)
        },
        Attack(
            name: "a SETTINGS flood whose answers are not read", expected: .goAway(calm),
            kind: "control_flood"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain, reads: false)
            for _ in 0..<100 { peer.flood(H2.frame(type: 4), count: 64) }
            try await peer.isDeaf(for: .milliseconds(300))
            return try await peer.end()
        },
    ]
}
