import HTTP2
import NIOCore
import NIOPosix
import Synchronization

/// A peer that sends whatever bytes it likes, and keeps what it gets.
final class RawPeer: Sendable {
    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let received = Mutex<[UInt8]>([])
        /// Yields whenever more was received, for who waits.
        let news = Mutex<[AsyncStream<Void>.Continuation]>([])
        let answered: EventLoopPromise<Void>
        let stream: UInt32

        init(answered: EventLoopPromise<Void>, stream: UInt32) {
            self.answered = answered
            self.stream = stream
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            let all = received.withLock { received in
                received += bytes
                return received
            }
            if frames(in: all).contains(where: { $0.stream == stream && $0.flags & 1 != 0 }) {
                answered.succeed()
            }
            for feed in news.withLock({ $0 }) { feed.yield() }
        }

        func channelInactive(context: ChannelHandlerContext) {
            answered.succeed()
        }
    }

    private let channel: any Channel
    private let collector: Collector

    /// - Parameter stream: the one whose end is waited for.
    init(port: Int, stream: UInt32 = 1) async throws {
        let collector = Collector(answered: group.next().makePromise(), stream: stream)
        channel = try await ClientBootstrap(group: group)
            .channelInitializer { $0.pipeline.addHandler(collector) }
            .connect(host: "127.0.0.1", port: port).get()
        self.collector = collector
    }

    func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// All that the server wrote until it ended the stream.
    func untilAnswered() async throws -> [UInt8] {
        try await collector.answered.futureResult.get()
        // Which the server may have done in the meantime.
        try? await channel.close()
        return collector.received.withLock { $0 }
    }

    /// Waits for the end of another stream; the test's time limit ends the wait.
    func untilEnd(of stream: UInt32) async throws {
        let (news, feed) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        defer { feed.finish() }
        collector.news.withLock { $0.append(feed) }
        feed.yield()
        for await _ in news
        where endings(in: collector.received.withLock({ $0 })).contains(stream) {
            return
        }
        throw CancellationError()
    }

    /// All that the server wrote until it closed the connection.
    func untilClosed() async throws -> [UInt8] {
        try? await channel.closeFuture.get()
        return collector.received.withLock { $0 }
    }
}

let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(type: 4)

func frame(
    type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = [], length: Int? = nil
) -> [UInt8] {
    let length = length ?? payload.count
    let head = [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
    return head + [type, flags] + [24, 16, 8, 0].map { UInt8(stream >> $0 & 0xFF) } + payload
}

struct Frame {
    var type: UInt8
    var flags: UInt8
    var stream: UInt32
    var payload: [UInt8]
}

/// The whole frames among bytes that a server wrote.
func frames(in bytes: [UInt8]) -> [Frame] {
    var found: [Frame] = []
    var rest = bytes[...]
    while rest.count >= 9 {
        let head = Array(rest.prefix(9))
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        guard rest.count >= 9 + length else { break }
        found.append(
            Frame(
                type: head[3], flags: head[4],
                stream: head[5...].reduce(0) { $0 << 8 | UInt32($1) },
                payload: Array(rest.dropFirst(9).prefix(length))))
        rest = rest.dropFirst(9 + length)
    }
    return found
}

/// The streams whose answers ended with headers, in that order, among bytes that a server wrote.
func endings(in bytes: [UInt8]) -> [UInt32] {
    frames(in: bytes).filter { $0.type == 1 && $0.flags & 1 == 1 }.map(\.stream)
}

/// The codes of the GOAWAY frames among bytes that a server wrote.
func goAwayCodes(in bytes: [UInt8]) -> [UInt32] {
    frames(in: bytes).filter { $0.type == 7 }.map { frame in
        frame.payload.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// One request with headers and a body of a test's choice; the header lists that came back, as
/// `name: value` lines.
func exchange(
    port: Int, _ headers: [(name: String, value: String)], body: [UInt8] = [], ends: Bool = true
) async throws -> [String] {
    guard let session = HTTP2Session(role: .client) else { return [] }
    let stream = session.request(HTTP2Headers(headers)) ?? 0
    session.write(ByteQueue(body), stream: stream)
    if ends { session.finish(stream: stream) }
    var out: [UInt8] = []
    _ = session.send(upTo: .max) { out += $0 }
    let peer = try await RawPeer(port: port)
    peer.send(out)
    let bytes = try await peer.untilAnswered()
    bytes.withUnsafeBytes { session.receive($0, at: 0) }
    let events = session.takeEvents()
    return events.fields.map { field in
        events.line(of: field)
    }
}
