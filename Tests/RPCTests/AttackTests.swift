import HTTP2
import NIOCore
import RPC
import Testing

@Suite("A server and peers that misbehave", .timeLimit(.minutes(1)))
struct AttackTests {
    /// A kind of attack, and what its connection is told.
    enum Attack: String, CaseIterable {
        case http1, noise, oversizeFrame, dataOfNoStream, flood

        var bytes: [UInt8] {
            switch self {
            case .http1: Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            case .noise: [UInt8](repeating: 0x16, count: 300)
            case .oversizeFrame: preface + frame(type: 0, stream: 1, [1, 2], length: 1 << 23)
            case .dataOfNoStream: preface + frame(type: 0, stream: 0, [1, 2])
            case .flood:
                preface + Array(Array(repeating: frame(type: 0xEE), count: 2_000).joined())
            }
        }

        var code: HTTP2ErrorCode {
            switch self {
            case .http1, .noise, .dataOfNoStream: .protocolError
            case .oversizeFrame: .frameSizeError
            case .flood: .enhanceYourCalm
            }
        }
    }

    @Test("Garbage ends its own connection and no other", arguments: Attack.allCases)
    func garbage(attack: Attack) async throws {
        try await TestServer.with { test in
            let honest = try await test.connect()
            let peer = try await RawPeer(port: test.port)
            peer.send(attack.bytes)
            #expect(goAwayCodes(in: try await peer.untilClosed()) == [attack.code.rawValue])
            #expect(await code(honest, "/test.T/Echo") == .ok)
        }
    }

    @Test("A connection that says nothing is closed")
    func silence() async throws {
        var configuration = RPCServerConfiguration()
        configuration.handshakeTimeout = .milliseconds(500)
        try await TestServer.with(configuration) { test in
            let honest = try await test.connectAtLast()
            let peer = try await RawPeer(port: test.port)
            _ = try await peer.untilClosed()
            #expect(await code(honest, "/test.T/Echo") == .ok)
        }
    }

    @Test("A connection that falls silent is asked, then closed; one that answers is kept")
    func fallsSilent() async throws {
        var configuration = RPCServerConfiguration()
        configuration.silenceMaximum = .seconds(2)
        try await TestServer.with(configuration) { test in
            let honest = try await test.connect()
            let peer = try await RawPeer(port: test.port)
            peer.send(preface)
            let pings = frames(in: try await peer.untilClosed()).filter { $0.type == 6 }
            #expect(pings.count == 1)
            #expect(await code(honest, "/test.T/Echo") == .ok)
        }
    }

    @Test("One connection too many is closed, the others go on")
    func tooManyConnections() async throws {
        var configuration = RPCServerConfiguration()
        configuration.connectionMaximum = 2
        try await TestServer.with(configuration) { test in
            let first = try await test.connect()
            let second = try await test.connect()
            await #expect(throws: RPCError.self) { try await test.connect() }
            #expect(await code(first, "/test.T/Echo") == .ok)
            #expect(await code(second, "/test.T/Echo") == .ok)
        }
    }

    private static let grpc: [(name: String, value: String)] = [
        (":method", "POST"), (":scheme", "http"), (":path", "/test.T/Echo"),
        (":authority", "a"), ("te", "trailers"), ("content-type", "application/grpc"),
    ]

    private func answer(
        _ change: (name: String, value: String)? = nil, body: [UInt8] = [0, 0, 0, 0, 0],
        ends: Bool = true
    ) async throws -> [String] {
        var headers = Self.grpc
        if let change {
            headers.removeAll { $0.name == change.name }
            headers.insert(change, at: change.name.hasPrefix(":") ? 0 : headers.count)
        }
        let list = headers
        return try await TestServer.with {
            try await exchange(port: $0.port, list, body: body, ends: ends)
        }
    }

    @Test("A well-formed request by hand is answered")
    func byHand() async throws {
        #expect(
            try await answer() == [
                ":status: 200", "content-type: application/grpc", "grpc-status: 0",
            ])
        let typed = try await answer(("content-type", "application/grpc+proto"))
        #expect(typed.contains("grpc-status: 0"))
    }

    @Test("What is not gRPC gets 415, what is not POST gets 405")
    func notGRPC() async throws {
        #expect(try await answer(("content-type", "text/html")) == [":status: 415"])
        #expect(try await answer(("content-type", "application/grpcx")) == [":status: 415"])
        #expect(try await answer((":method", "GET")).first == ":status: 405")
    }

    @Test("An unknown compression is UNIMPLEMENTED and told what is accepted")
    func compressed() async throws {
        let lines = try await answer(("grpc-encoding", "snappy"))
        #expect(lines.contains("grpc-status: 12"))
        #expect(lines.contains("grpc-accept-encoding: identity,gzip"))
    }

    @Test(
        "A body that is not one whole message is INTERNAL",
        arguments: [
            [], [0, 0, 0], [0, 0, 0, 0, 3, 1, 2], [1, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] as [[UInt8]])
    func truncated(body: [UInt8]) async throws {
        #expect(try await answer(body: body).contains("grpc-status: 13"))
    }

    @Test("A message that claims 4 GiB is RESOURCE_EXHAUSTED before it arrives")
    func claimsMuch() async throws {
        let lines = try await answer(body: [0, 0xFF, 0xFF, 0xFF, 0xFF], ends: false)
        #expect(lines.contains("grpc-status: 8"))
    }

    @Test("A grpc-timeout that is none is INTERNAL, one that has passed DEADLINE_EXCEEDED")
    func timeouts() async throws {
        #expect(try await answer(("grpc-timeout", "1x")).contains("grpc-status: 13"))
        #expect(try await answer(("grpc-timeout", "123456789S")).contains("grpc-status: 13"))
        #expect(try await answer(("grpc-timeout", "0n")).contains("grpc-status: 4"))
    }

    @Test("Requests whose messages never come end at their deadlines, and no others do")
    func messageNeverComes() async throws {
        try await TestServer.with { test in
            let session = try #require(HTTP2Session(role: .client))
            for timeout in ["300m", "100m", nil, "0n", "200m"] {
                let deadline = timeout.map { [(name: "grpc-timeout", value: $0)] } ?? []
                let headers = HTTP2Headers(Self.grpc + deadline)
                #expect(session.request(headers) != nil)
            }
            var out: [UInt8] = []
            _ = session.send(upTo: .max) { out += $0 }
            let peer = try await RawPeer(port: test.port, stream: 1)
            peer.send(out)
            for stream in [UInt32(3), 7, 9] { try await peer.untilEnd(of: stream) }
            let bytes = try await peer.untilAnswered()
            #expect(endings(in: bytes).sorted() == [1, 3, 7, 9])
            bytes.withUnsafeBytes { session.receive($0, at: 0) }
            let events = session.takeEvents()
            let lines = events.fields.map { events.line(of: $0) }
            #expect(lines.filter { $0 == "grpc-status: 4" }.count == 4)
        }
    }

    @Test("A request that ended at its deadline makes room for another")
    func deadlineMakesRoom() async throws {
        var configuration = RPCServerConfiguration()
        configuration.concurrentStreamMaximum = 1
        try await TestServer.with(configuration) { test in
            let headers = Self.grpc + [(name: "grpc-timeout", value: "50m")]
            let session = try #require(HTTP2Session(role: .client))
            #expect(session.request(HTTP2Headers(headers)) == 1)
            var out: [UInt8] = []
            _ = session.send(upTo: .max) { out += $0 }
            let peer = try await RawPeer(port: test.port, stream: 3)
            peer.send(out)
            try await peer.untilEnd(of: 1)
            // It would be refused beside the first.
            #expect(session.request(HTTP2Headers(headers)) == 3)
            out = []
            _ = session.send(upTo: .max) { out += $0 }
            peer.send(out)
            #expect(endings(in: try await peer.untilAnswered()) == [1, 3])
        }
    }

    @Test("Answers that a client does not read are bounded, over all its calls")
    func unreadAnswers() async throws {
        var configuration = RPCServerConfiguration()
        configuration.connectionBufferMaximum = 30_000
        try await TestServer.with(configuration) { test in
            var settings = HTTP2Settings()
            settings.streamWindow = 0
            let session = try #require(HTTP2Session(role: .client, settings: settings))
            for _ in 0..<3 {
                let stream = try #require(session.request(HTTP2Headers(Self.grpc)))
                session.write(
                    ByteQueue([0, 0, 0, 78, 32] + [UInt8](repeating: 1, count: 20_000)),
                    stream: stream)
                session.finish(stream: stream)
            }
            var out: [UInt8] = []
            _ = session.send(upTo: .max) { out += $0 }
            let peer = try await RawPeer(port: test.port, stream: 5)
            peer.send(out)
            // The first answer waits for window; the others were turned away.
            #expect(endings(in: try await peer.untilAnswered()) == [3, 5])
        }
    }

    @Test("Streams of one connection share a bound on what waits for their client")
    func unreadStreams() async throws {
        var configuration = RPCServerConfiguration()
        configuration.connectionBufferMaximum = 256 << 10
        try await TestServer.with(configuration) { test in
            let honest = try await test.connect()
            let stream = honest.serverStream("/test.T/Held", [])
            let writer = try await test.events.held.futureResult.get()
            var count = 0
            while writer.send([UInt8](repeating: 1, count: 64 << 10)) == .accepted { count += 1 }
            // Beside the bound, what windows and sockets hold; alone the stream might have 8 MiB.
            #expect((2..<100).contains(count))
            stream.cancel()
        }
    }

    @Test("Incomplete requests together are bounded")
    func incompleteRequests() async throws {
        var configuration = RPCServerConfiguration()
        configuration.connectionRequestMaximum = 1_000
        try await TestServer.with(configuration) { test in
            let body = [0, 0, 0, 8, 0] + [UInt8](repeating: 0, count: 1_100)
            let lines = try await exchange(
                port: test.port, Self.grpc, body: body, ends: false)
            #expect(lines.contains("grpc-status: 8"))
        }
    }
}
