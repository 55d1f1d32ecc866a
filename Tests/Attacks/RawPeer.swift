import Foundation
import HTTP2
import NIOCore
import NIOPosix
import NIOSSL
import ProcessSupport
import Synchronization

let group = MultiThreadedEventLoopGroup.singleton

/// A peer that sends whatever bytes it likes, and reads or does not.
final class RawPeer: Sendable {
    private let channel: any Channel
    private let frames: FrameLog

    /// - Parameters:
    ///   - reads: whether it takes what the server writes.
    ///   - beginning: what is sent at once.
    ///   - tls: within which all is sent.
    init(
        port: Int, reads: Bool = true, _ beginning: [UInt8] = H2.preface,
        tls: NIOSSLContext? = nil
    ) async throws {
        let frames = FrameLog()
        self.frames = frames
        channel = try await ClientBootstrap(group: group)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: reads ? 1 << 20 : 4_096)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: reads ? 65_536 : 1)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addTLS(tls)
                    try channel.pipeline.syncOperations.addHandler(Reader(frames))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        send(beginning)
    }

    deinit {
        channel.close(promise: nil)
    }

    func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// A body in frames of the size that every server takes.
    func sendBody(_ body: [UInt8], of stream: UInt32) {
        for start in Swift.stride(from: 0, to: body.count, by: 16_384) {
            let end = min(start + 16_384, body.count)
            send(H2.data(stream, Array(body[start..<end]), ends: end == body.count))
        }
    }

    /// The same bytes again and again, until the server ends the connection or all were sent.
    func flood(_ bytes: [UInt8], count: Int) {
        let atATime = min(64, count)
        var buffer = ByteBuffer()
        for _ in 0..<atATime { buffer.writeBytes(bytes) }
        for _ in 0..<(count / atATime) { channel.write(buffer, promise: nil) }
        channel.flush()
    }

    /// Says that nothing more will be sent.
    func finish() async throws {
        try await channel.close(mode: .output)
    }

    /// How the server ended the connection.
    func end(within limit: Duration = .seconds(10)) async throws -> Answer {
        try await eventually(within: limit, "the server ends the connection") {
            if let code = frames.goAway { return .goAway(code) }
            return channel.isActive ? nil : .closed
        }
    }

    /// How the server ended a stream, or the connection.
    func end(of stream: UInt32, within limit: Duration = .seconds(10)) async throws -> Answer {
        try await eventually(within: limit, "the server ends stream \(stream)") {
            if let code = frames.goAway { return .goAway(code) }
            if let code = frames.resets[stream] { return .reset(code) }
            return channel.isActive ? nil : .closed
        }
    }

    /// Waits for a number of bytes of bodies.
    func data(_ count: Int, within limit: Duration = .seconds(10)) async throws {
        try await eventually(within: limit, "\(count) bytes of bodies") {
            frames.dataBytes >= count ? true : nil
        }
    }

    /// Waits for the end of an answer.
    func whole(_ stream: UInt32, within limit: Duration = .seconds(20)) async throws {
        try await eventually(within: limit, "a whole answer on stream \(stream)") {
            frames.ended.contains(stream) ? true : nil
        }
    }

    var isOpen: Bool { channel.isActive }

    /// Whether the server neither ends the connection nor goes on within a time.
    func isHeld(for time: Duration) async throws -> Answer {
        do {
            return try await end(within: time)
        } catch is NotInTime {
            return .held
        }
    }

    /// Takes a byte of what the server wrote.
    func readByte() {
        channel.read()
    }

    /// Does not read for a time, or only what a body takes now and then; then takes all that the
    /// server wrote, by which it sees how the server ended.
    func isDeaf(for time: Duration, _ now: () -> Void = {}) async throws {
        let clock = ContinuousClock()
        let end = clock.now + time
        while clock.now < end {
            now()
            // Not a wait for anything: the time itself is the attack.
            try await clock.sleep(for: .milliseconds(30))
        }
        // A connection that is closed by now has told how.
        try? await channel.setOption(
            .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536)
        ).get()
        try? await channel.setOption(.autoRead, value: true).get()
    }

    private final class Reader: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let frames: FrameLog

        init(_ frames: FrameLog) {
            self.frames = frames
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            frames.add(unwrapInboundIn(data).readableBytesView)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}

/// What a server's frames said.
final class FrameLog: Sendable {
    private struct State {
        var rest: [UInt8] = []
        var goAway: HTTP2ErrorCode?
        var resets: [UInt32: HTTP2ErrorCode] = [:]
        var dataBytes = 0
        var ended: Set<UInt32> = []
    }

    private let state = Mutex(State())

    var goAway: HTTP2ErrorCode? { state.withLock { $0.goAway } }
    var resets: [UInt32: HTTP2ErrorCode] { state.withLock { $0.resets } }
    /// Streams whose answers have come whole.
    var ended: Set<UInt32> { state.withLock { $0.ended } }
    var dataBytes: Int { state.withLock { $0.dataBytes } }

    func add(_ bytes: some Collection<UInt8>) {
        state.withLock { state in
            state.rest += bytes
            var rest = state.rest[...]
            while rest.count >= 9 {
                let head = Array(rest.prefix(9))
                let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
                guard rest.count >= 9 + length else { break }
                let payload = Array(rest.dropFirst(9).prefix(length))
                rest = rest.dropFirst(9 + length)
                Self.read(head, payload, &state)
            }
            state.rest = Array(rest)
        }
    }

    private static func read(_ head: [UInt8], _ payload: [UInt8], _ state: inout State) {
        func number(_ bytes: some Collection<UInt8>) -> UInt32 {
            bytes.reduce(0) { $0 << 8 | UInt32($1) }
        }
        if head[3] <= 1, head[4] & 1 != 0 { state.ended.insert(number(head[5...])) }
        switch head[3] {
        case 0: state.dataBytes += payload.count
        case 3:
            state.resets[number(head[5...])] = HTTP2ErrorCode(rawValue: number(payload.prefix(4)))
        case 7:
            let code = HTTP2ErrorCode(rawValue: number(payload.dropFirst(4).prefix(4)))
            if code != .noError { state.goAway = code }
        default: break
        }
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// A client's TLS, if there is to be any.
    func addTLS(_ context: NIOSSLContext?) throws {
        guard let context else { return }
        try addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
    }
}
