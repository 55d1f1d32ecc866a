import NIOCore
import NIOPosix
import Synchronization

/// A server that says its SETTINGS and at once that it leaves, because of too many pings.
struct LeavingServer {
    let port: Int
    let accepted: Counter
    private let listener: any Channel

    static func start() async throws -> LeavingServer {
        let accepted = Counter()
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                accepted.increment()
                return channel.pipeline.addHandler(Leaving())
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LeavingServer(
            port: listener.localAddress?.port ?? 0, accepted: accepted, listener: listener)
    }

    func stop() {
        listener.close(promise: nil)
    }

    private final class Leaving: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelActive(context: ChannelHandlerContext) {
            let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
            // The last stream handled is none; ENHANCE_YOUR_CALM.
            let goAway: [UInt8] = [0, 0, 22, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11]
            let bytes = settings + goAway + Array("too_many_pings".utf8)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    @discardableResult
    func increment() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
