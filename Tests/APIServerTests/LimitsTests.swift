import APIServer
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite("The server's limits", .timeLimit(.minutes(1)))
struct LimitsTests {
    @Test("a body over the limit gets 413, and the connection goes on")
    func bigBody() async throws {
        try await server(limits: Limits(bodyMaximum: 1_000)).test(.live) { client in
            for size in [1_001, 3_000_000] {
                let big = try await client.execute(
                    uri: "/", method: .post, headers: headers("ListClusters"),
                    body: ByteBuffer(repeating: 0x20, count: size))
                #expect(big.status == .contentTooLarge)
                #expect(big.errorType == "RequestEntityTooLargeException")
                let next = try await client.execute(
                    uri: "/", method: .post, headers: headers("ListClusters"),
                    body: ByteBuffer(string: "{}"))
                #expect(next.status == .ok)
            }
        }
    }

    @Test("malformed requests leave the connection in order")
    func malformed() async throws {
        try await server().test(.live) { client in
            for body in ["{", "[1", "\u{0}", #"{"clusters": 5}"#] {
                let bad = try await client.execute(
                    uri: "/", method: .post, headers: headers("DescribeClusters"),
                    body: ByteBuffer(string: body))
                #expect(bad.errorType == "SerializationException")
            }
            let good = try await client.execute(
                uri: "/", method: .post, headers: headers("DescribeClusters"))
            #expect(good.status == .ok)
        }
    }

    @Test("in strict mode requests beyond ECS's rates are throttled, a region at a time")
    func strictMode() async throws {
        try await server(isStrict: true).test(.router) { client in
            func call(_ operation: String, _ region: String) async throws -> TestResponse {
                try await client.execute(
                    uri: "/", method: .post, headers: headers(operation, region: region))
            }
            // 50 at once; what comes back while the test runs is 20 a second.
            var throttled: TestResponse?
            for _ in 0..<5_000 where throttled == nil {
                let answer = try await call("ListClusters", "us-east-1")
                if answer.status != .ok { throttled = answer }
            }
            #expect(throttled?.status == .badRequest)
            #expect(throttled?.errorType == "ThrottlingException")
            #expect(throttled?.members["message"] as? String == "Rate exceeded")
            #expect(try await call("ListClusters", "eu-west-1").status == .ok)
            #expect(try await call("ListServices", "us-east-1").status == .ok)
        }
    }

    @Test("writes beyond the bound are throttled, and those within it are answered")
    func writes() async throws {
        let plane = TestPlane()
        plane.hold()
        try await server(plane, limits: Limits(writesMaximum: 1)).test(.router) { client in
            async let first = client.execute(
                uri: "/", method: .post, headers: headers("CreateCluster"))
            try await wait { plane.waiting == 1 }
            let second = try await client.execute(
                uri: "/", method: .post, headers: headers("CreateCluster"))
            #expect(second.errorType == "ThrottlingException")
            #expect(second.members["message"] as? String == "Rate exceeded")
            let read = try await client.execute(
                uri: "/", method: .post, headers: headers("ListClusters"))
            #expect(read.status == .ok)
            plane.release()
            #expect(try await first.status == .ok)
        }
    }

    @Test("a body that comes too slowly ends its connection")
    func slowBody() async throws {
        try await server(limits: Limits(body: .milliseconds(100))).test(.live) { client in
            let socket = try await Socket(port: try #require(client.port))
            socket.begin("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
            try await socket.closed()
        }
    }

    @Test("headers that come too slowly end their connection")
    func slowHeaders() async throws {
        try await server(limits: Limits(idle: .milliseconds(500))).test(.live) { client in
            let socket = try await Socket(port: try #require(client.port))
            socket.begin("POST / HTTP/1.1\r\nHost:")
            try await socket.closed()
        }
    }

    @Test("something that is not HTTP ends its own connection alone")
    func garbage() async throws {
        try await server().test(.live) { client in
            let socket = try await Socket(port: try #require(client.port))
            socket.begin("\u{1}\u{2}garbage\r\n\r\n")
            try await socket.closed()
            let good = try await client.execute(uri: "/healthz", method: .get)
            #expect(good.status == .ok)
        }
    }

    @Test("connections beyond the bound wait until another closes")
    func connections() async throws {
        let request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        try await running(TestPlane(), limits: Limits(connectionsMaximum: 1)) { port in
            let first = try await Socket(port: port)
            try await first.send(request)
            try await wait { first.received.contains("ok\n") }
            let second = try await Socket(port: port)
            try await second.send(request)
            try await first.send(request)
            try await wait { first.received.components(separatedBy: "ok\n").count == 3 }
            #expect(second.received.isEmpty)
            try await first.close()
            try await wait { second.received.contains("ok\n") }
            try await second.close()
        }
    }
}

/// Waits for a state; the suite's time limit ends a wait that is in vain.
func wait(until condition: () -> Bool) async throws {
    while !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}

/// A bare TCP connection.
struct Socket: Sendable {
    private let channel: any Channel
    private let collector: Collector

    init(port: Int) async throws {
        let collector = Collector()
        self.collector = collector
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Inbound(collector))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    /// Sends to a server that closes the connection, perhaps before the text was all written.
    func begin(_ text: String) {
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Returns when the server has closed the connection.
    func closed() async throws { try await channel.closeFuture.get() }

    /// Closes the connection, unless the server did.
    func close() async throws {
        channel.close(promise: nil)
        try await channel.closeFuture.get()
    }

    var received: String { collector.text.withLock { $0 } }

    final class Collector: Sendable {
        let text = Mutex("")
    }

    private final class Inbound: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let collector: Collector

        init(_ collector: Collector) { self.collector = collector }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            collector.text.withLock { $0 += String(buffer: unwrapInboundIn(data)) }
        }
    }
}
