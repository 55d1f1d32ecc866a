import HTTP2
import Testing

@Suite("A session")
struct SessionTests {
    @Test("A request and its response cross, with trailers")
    func exchange() throws {
        let peers = try Peers()
        let stream = try #require(peers.client.request(requestHeaders))
        peers.client.write(ByteQueue([1, 2, 3]), stream: stream)
        peers.client.finish(stream: stream)
        peers.exchange()
        #expect(
            // What nobody reads is not kept.
            peers.serverHeaders == [[":method: POST", ":path: /a.B/C"]])
        #expect(peers.bodies == [stream: [1, 2, 3]])
        #expect(peers.serverEvents.contains(.ended(stream: stream)))

        #expect(peers.server.respond(HTTP2Headers([(":status", "200")]), stream: stream))
        peers.server.write(ByteQueue([4, 5]), stream: stream)
        peers.server.finish(stream: stream, trailers: HTTP2Headers([("grpc-status", "0")]))
        peers.exchange()
        #expect(peers.clientHeaders == [[":status: 200"], ["grpc-status: 0"]])
        #expect(peers.clientBodies == [stream: [4, 5]])
        #expect(peers.clientEvents.last == .closed(stream: stream, code: 0))
        #expect(peers.serverEvents.contains(.ready) && peers.clientEvents.contains(.ready))
    }

    @Test("Bytes may arrive one at a time")
    func byteByByte() throws {
        let peers = try Peers()
        let stream = try #require(peers.client.request(requestHeaders))
        peers.client.write(ByteQueue(Array(repeating: 7, count: 100)), stream: stream)
        peers.client.finish(stream: stream)
        for byte in output(of: peers.client) { peers.giveServer([byte]) }
        #expect(peers.serverHeaders.count == 1 && peers.serverHeaders[0].count == 2)
        #expect(peers.bodies[stream]?.count == 100)
    }

    @Test("A body above the window waits until the peer has consumed what it got")
    func flowControl() throws {
        let peers = try Peers()
        peers.consumes = false
        let stream = try #require(peers.client.request(requestHeaders))
        peers.exchange()
        peers.client.write(ByteQueue(Array(repeating: 1, count: 1 << 20)), stream: stream)
        peers.exchange()
        let window = HTTP2Settings().streamWindow
        #expect(peers.bodies[stream]?.count == window)
        #expect(peers.client.pendingBytes(stream: stream) == 1 << 20 - window)
        peers.server.consume(window, stream: stream)
        peers.consumes = true
        peers.exchange()
        #expect(peers.bodies[stream]?.count == 1 << 20)
    }

    @Test("A stream that is held open is woken by what is written later")
    func heldStream() throws {
        let peers = try Peers()
        let stream = try #require(peers.client.request(requestHeaders))
        peers.client.finish(stream: stream)
        peers.exchange()
        peers.server.respond(HTTP2Headers([(":status", "200")]), stream: stream)
        for round in 1...3 {
            peers.server.write(ByteQueue([UInt8(round)]), stream: stream)
            peers.exchange()
        }
        #expect(peers.clientBodies[stream] == [1, 2, 3])
    }

    @Test("A reset is told to the other side with its code")
    func reset() throws {
        let peers = try Peers()
        let stream = try #require(peers.client.request(requestHeaders))
        peers.exchange()
        peers.client.reset(stream: stream, code: .cancel)
        peers.exchange()
        let code = HTTP2ErrorCode.cancel.rawValue
        #expect(peers.serverEvents.last == .closed(stream: stream, code: code))
        // A late answer goes nowhere and harms nothing.
        #expect(!peers.server.respond(HTTP2Headers([(":status", "200")]), stream: stream))
    }

    @Test("Shutting down lets open streams finish and opens no more")
    func shutdown() throws {
        let peers = try Peers()
        let stream = try #require(peers.client.request(requestHeaders))
        peers.exchange()
        peers.server.announceShutdown()
        peers.server.ping(42)
        peers.exchange()
        #expect(peers.serverEvents.last == .pong(42))
        peers.server.goAway()
        peers.exchange()
        #expect(peers.clientEvents.last == .goAway(last: stream, code: 0, isCalm: true))
        let late = try #require(peers.client.request(requestHeaders))
        peers.exchange()
        #expect(peers.client.takeEvents().list.contains(.closed(stream: late, code: 7)))
        peers.server.respondWithoutBody(HTTP2Headers([(":status", "204")]), stream: stream)
        peers.client.finish(stream: stream)
        peers.exchange()
        #expect(peers.clientHeaders == [[":status: 204"]])
        #expect(peers.server.isFinished)
    }

    @Test("A stream above the advertised number is refused")
    func tooManyStreams() throws {
        var settings = HTTP2Settings()
        settings.concurrentStreamMaximum = 2
        let peers = try Peers(server: settings)
        peers.exchange()
        for _ in 0..<3 { _ = peers.client.request(requestHeaders) }
        peers.exchange()
        // The library keeps the third back until one of the two ends.
        #expect(peers.serverHeaders.count == 2)
    }
}
