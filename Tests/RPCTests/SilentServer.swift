import NIOCore
import NIOPosix

/// A server that says its SETTINGS and then nothing more.
struct SilentServer {
    let port: Int
    private let listener: any Channel

    static func start() async throws -> SilentServer {
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.pipeline.addHandler(Settings())
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return SilentServer(port: listener.localAddress?.port ?? 0, listener: listener)
    }

    func stop() {
        listener.close(promise: nil)
    }

    private final class Settings: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelActive(context: ChannelHandlerContext) {
            let settings = ByteBuffer(bytes: [0, 0, 0, 4, 0, 0, 0, 0, 0])
            context.writeAndFlush(wrapOutboundOut(settings), promise: nil)
        }
    }
}
