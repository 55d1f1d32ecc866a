import NIOCore
import NIOPosix
import NIOSSL

extension Attack {
    /// Peers on the port with TLS.
    static let tls = [
        bytes("noise on the TLS port", [UInt8](repeating: 0xA5, count: 4_096)),
        bytes("HTTP/2 without TLS on the TLS port", H2.preface + H2.headers(1)),
        bytes("HTTP/1.1 without TLS on the TLS port", Array("GET / HTTP/1.1\r\n\r\n".utf8)),
        bytes(
            "TLS records of garbage",
            [0x16, 0x03, 0x03, 0x40, 0x00] + [UInt8](repeating: 0xFF, count: 0x4000)),
        client("TLS without ALPN") { $0.applicationProtocols = [] },
        client("TLS with another protocol by ALPN") { $0.applicationProtocols = ["http/1.1"] },
        client("TLS 1.2") { settings in
            settings.minimumTLSVersion = .tlsv12
            settings.maximumTLSVersion = .tlsv12
        },
    ]

    private static func bytes(_ name: String, _ bytes: [UInt8]) -> Attack {
        Attack(name: name, expected: .closed, kind: "tls") { ports in
            let peer = try await RawPeer(port: ports.secure, bytes)
            return try await peer.end()
        }
    }

    /// A client whose TLS is in order but for one thing.
    private static func client(
        _ name: String, _ change: @escaping @Sendable (inout TLSConfiguration) -> Void
    ) -> Attack {
        Attack(name: name, expected: .closed, kind: "tls") { ports in
            var settings = TLSConfiguration.makeClientConfiguration()
            settings.certificateVerification = .none
            settings.applicationProtocols = ["h2"]
            change(&settings)
            let context = try NIOSSLContext(configuration: settings)
            let channel = try await ClientBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers(
                            NIOSSLClientHandler(context: context, serverHostname: nil),
                            CloseOnError())
                    }
                }
                .connect(host: "127.0.0.1", port: ports.secure).get()
            channel.writeAndFlush(ByteBuffer(bytes: H2.preface), promise: nil)
            try await channel.closeFuture.get()
            return .closed
        }
    }
}

private final class CloseOnError: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
