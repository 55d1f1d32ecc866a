import HTTP2

extension Attack {
    /// Peers that do not read, or not as fast as they ask.
    static let flow = [
        Attack(
            name: "more bytes than a stream's window", expected: .reset(.flowControlError),
            kind: "stream_violation"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(H2.headers(1, "/attack.T/Deaf"))
            peer.flood(H2.data(1, [UInt8](repeating: 0, count: 16_384)), count: 64)
            return try await peer.end(of: 1)
        },
        raw("a connection's window over its limit", .flowControlError, "protocol_violation") {
            peer in
            peer.send(H2.windowUpdate(0, 0x7FFF_FFFF))
        },
        raw("a window update of nothing", .protocolError, "protocol_violation") { peer in
            peer.send(H2.windowUpdate(0, 0))
        },
        raw("an initial window over its limit", .flowControlError, "protocol_violation") { peer in
            peer.send(H2.settings(4, 0x8000_0000))
        },
        Attack(
            name: "a stream's window over its limit", expected: .reset(.flowControlError),
            kind: "stream_violation"
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(H2.headers(1) + H2.windowUpdate(1, 0x7FFF_FFFF))
            return try await peer.end(of: 1)
        },
        Attack(
            name: "a client that gives no window, on 100 streams", expected: .held,
            kind: "slow_reader", growthMaximum: 64
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            peer.send(H2.settings(4, 0))
            for index in 0..<UInt32(100) {
                let stream = 1 + 2 * index
                peer.send(H2.headers(stream, "/attack.T/Flow"))
                peer.send(H2.data(stream, H2.message([]), ends: true))
            }
            return try await peer.isHeld(for: .milliseconds(500))
        },
        Attack(
            name: "large answers for a client that gives no window", expected: .held,
            kind: "slow_reader", growthMaximum: 64
        ) { ports in
            let peer = try await RawPeer(port: ports.plain)
            // With the server's settings acknowledged, its windows are wide.
            peer.send(H2.frame(type: 4, flags: 1) + H2.settings(4, 0))
            let body = H2.message([UInt8](repeating: 1, count: 1 << 20))
            for index in 0..<UInt32(60) {
                peer.send(H2.headers(1 + 2 * index))
                peer.sendBody(body, of: 1 + 2 * index)
            }
            // Those that were turned away have their answer: it takes no window.
            try await peer.whole(119)
            return .held
        },
        raw(
            "a client that gives a byte of window, again and again", .enhanceYourCalm, "idle_frames"
        ) {
            peer in
            peer.send(H2.settings(4, 0))
            peer.send(H2.headers(1, "/attack.T/Flow") + H2.data(1, H2.message([]), ends: true))
            peer.flood(H2.windowUpdate(1, 1), count: 20_000)
        },
        Attack(
            name: "a client that never reads its socket", expected: .closed, kind: "silence",
            growthMaximum: 64
        ) { ports in
            let peer = try await RawPeer(port: ports.plain, reads: false)
            peer.send(greed)
            for index in 0..<UInt32(20) {
                let stream = 1 + 2 * index
                peer.send(H2.headers(stream, "/attack.T/Flow"))
                peer.send(H2.data(stream, H2.message([]), ends: true))
            }
            try await peer.isDeaf(for: .seconds(4))
            return try await peer.end()
        },
        Attack(
            name: "a client that reads its socket a byte at a time", expected: .closed,
            kind: "silence", growthMaximum: 64
        ) { ports in
            let peer = try await RawPeer(port: ports.plain, reads: false)
            peer.send(greed)
            peer.send(H2.headers(1, "/attack.T/Flow") + H2.data(1, H2.message([]), ends: true))
            try await peer.isDeaf(for: .seconds(4)) { peer.readByte() }
            return try await peer.end()
        },
        Attack(
            name: "messages for a handler that never reads", expected: .held, kind: nil
        ) { ports in
            let dialogue = try await Dialogue(port: ports.plain)
            let body = [[UInt8]](
                repeating: H2.message([UInt8](repeating: 1, count: 1 << 16)), count: 500)
            let stream = try await dialogue.call(
                H2.request("/attack.T/Deaf"), body: Array(body.joined()), ends: false)
            return try await dialogue.isHeld(upTo: stream, for: .milliseconds(500))
        },
    ]

    /// All the window there can be.
    private static let greed = H2.settings(4, 0x7FFF_FFFF) + H2.windowUpdate(0, 0x7FFE_FFFF)
}
