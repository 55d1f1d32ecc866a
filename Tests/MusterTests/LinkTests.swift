import NIOCore
import NIOPosix
import Testing

@testable import muster

@Suite("A link between a worker and its manager")
struct LinkTests {
    /// Answers every byte with the same.
    private final class Echo: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(data, promise: nil)
        }
    }

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Runs with a link to a server that echoes.
    private func withLink(_ body: (Link, Address) async throws -> Void) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Echo())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let link = Link(
            to: Address(host: "127.0.0.1", port: try #require(server.localAddress?.port)))
        let (address, door) = try await link.listen()
        try await body(link, address)
        try await door.close()
        try await server.close()
    }

    private func connect(_ address: Address) async throws -> Connection {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func echoed(_ count: Int, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>)
        async throws -> Int
    {
        var got = 0
        for try await bytes in inbound {
            got += bytes.readableBytes
            if got >= count { break }
        }
        return got
    }

    @Test("Every connection passes what is sent at once", .timeLimit(.minutes(1)))
    func passes() async throws {
        try await withLink { _, address in
            for _ in 0..<200 {
                try await connect(address).executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: "hello"))
                    #expect(try await echoed(5, inbound) == 5)
                }
            }
        }
    }

    @Test(
        "What is sent through a cut link arrives when it heals", .timeLimit(.minutes(1)),
        arguments: [(false, false), (false, true), (true, false)])
    func heals(_ toManager: Bool, _ fromManager: Bool) async throws {
        try await withLink { link, address in
            try await connect(address).executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "a"))
                var iterator = inbound.makeAsyncIterator()
                #expect(try await iterator.next()?.readableBytes == 1)
                link.set(Link.State(passesToManager: toManager, passesFromManager: fromManager))
                try await outbound.write(ByteBuffer(repeating: 7, count: 300_000))
                link.set(Link.State())
                var got = 0
                while got < 300_000, let bytes = try await iterator.next() {
                    got += bytes.readableBytes
                }
                #expect(got == 300_000)
            }
        }
    }

    @Test(
        "A slow link passes everything, in order, also when it is fast again",
        .timeLimit(.minutes(1)))
    func slow() async throws {
        try await withLink { link, address in
            try await connect(address).executeThenClose { inbound, outbound in
                var iterator = inbound.makeAsyncIterator()
                link.set(Link.State(late: 50))
                let first = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 251) }
                try await outbound.write(ByteBuffer(bytes: first))
                link.set(Link.State())
                let second = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 13) }
                try await outbound.write(ByteBuffer(bytes: second))
                var got: [UInt8] = []
                while got.count < 1_200_000, let bytes = try await iterator.next() {
                    got += bytes.readableBytesView
                }
                #expect(got == first + second)
            }
        }
    }

    @Test("A connection that is broken ends for the worker", .timeLimit(.minutes(1)))
    func breaks() async throws {
        try await withLink { link, address in
            try await connect(address).executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "a"))
                var iterator = inbound.makeAsyncIterator()
                _ = try await iterator.next()
                link.breakConnections()
                let end = try? await iterator.next()
                #expect(end == nil)
            }
        }
    }
}
