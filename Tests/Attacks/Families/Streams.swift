import HTTP2

extension Attack {
    /// Streams that may not be.
    static let streams = [
        Attack(
            name: "a stream over the limit", expected: .reset(.refusedStream), kind: "stream_bound"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            for index in 0..<UInt32(129) {
                peer.send(H2.headers(1 + 2 * index, "/attack.T/Deaf"))
            }
            return try await peer.end(of: 257)
        },
        raw("an even stream", .protocolError, "protocol_violation") { peer in
            peer.send(H2.headers(2))
        },
        raw("HEADERS on stream 0", .protocolError, "protocol_violation") { peer in
            peer.send(H2.headers(0))
        },
        raw("DATA on a stream that was never opened", .protocolError, "protocol_violation") {
            peer in
            peer.send(H2.data(5, [1]))
        },
        raw("RST_STREAM of a stream that was never opened", .protocolError, "protocol_violation") {
            peer in
            peer.send(H2.reset(5))
        },
        raw("PUSH_PROMISE of a client", .protocolError, "protocol_violation") { peer in
            peer.send(H2.headers(1) + H2.frame(type: 5, flags: 4, stream: 1, H2.number(2)))
        },
        raw("a frame between HEADERS and CONTINUATION", .protocolError, "protocol_violation") {
            peer in
            peer.send(H2.frame(type: 1, stream: 1, H2.block([(":method", "POST")])))
            peer.send(H2.frame(type: 6, [UInt8](repeating: 0, count: 8)))
        },
        raw("a stream that depends on itself", .protocolError, "protocol_violation") { peer in
            peer.send(H2.frame(type: 2, stream: 3, H2.number(3) + [0]))
        },
        Attack(
            name: "DATA after the end of the request", expected: .goAway(.streamClosed),
            kind: "protocol_violation"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(H2.settings(4, 0))
            peer.send(H2.headers(1) + H2.data(1, H2.message([1]), ends: true))
            peer.send(H2.data(1, [1]))
            return try await peer.end(of: 1)
        },
        Attack(name: "the last stream number, then no more", expected: .held, kind: nil) { ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(
                H2.headers(0x7FFF_FFFF) + H2.data(0x7FFF_FFFF, H2.message([1]), ends: true))
            try await peer.data(6)
            // What would come after it is nothing that a peer may open: it is not answered.
            peer.send(H2.headers(1) + H2.data(1, H2.message([1]), ends: true))
            return .held
        },
        Attack(name: "stream numbers that go back", expected: .held, kind: nil) { ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(H2.headers(9) + H2.data(9, H2.message([1]), ends: true))
            try await peer.data(6)
            // May be the trailers of a call that is over, so it is ignored, and only counted.
            for stream in [UInt32(7), 5, 3, 1] { peer.send(H2.headers(stream, ends: true)) }
            // The connection goes on.
            peer.send(H2.headers(11) + H2.data(11, H2.message([1]), ends: true))
            try await peer.data(12)
            return .held
        },
    ]
}
