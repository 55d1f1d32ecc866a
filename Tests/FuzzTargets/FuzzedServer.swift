import Logging
import NIOCore
import NIOEmbedded
import RPC

let silent = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }

/// A server's connection in memory, with a method of each kind. All of it runs on one thread.
final class FuzzedServer {
    private let loop = EmbeddedEventLoop()
    private let channel: EmbeddedChannel
    private let calls = OpenCalls()
    private var written: [UInt8] = []

    init() {
        channel = EmbeddedChannel(loop: loop)
        do {
            try RPCServer(group: loop, methods: Self.methods(calls), logger: silent)
                .accept(channel)
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/")).wait()
        } catch {
            preconditionFailure("no connection: \(error)")
        }
        loop.run()
    }

    func receive(_ piece: ArraySlice<UInt8>) {
        // A connection that was closed takes nothing.
        guard channel.isActive else { return }
        _ = try? channel.writeInbound(ByteBuffer(bytes: piece))
        loop.run()
        drain()
    }

    /// The connection ends; so must all that it began.
    func end() {
        loop.advanceTime(by: .seconds(1))
        drain()
        channel.close(promise: nil)
        loop.run()
        _ = try? channel.finish(acceptAlreadyClosed: true)
        precondition(calls.count == 0, "\(calls.count) handlers outlive their connection")
        checkFrames(written)
    }

    private func drain() {
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) {
            written += buffer.readableBytesView
        }
    }

    private static func methods(_ calls: OpenCalls) -> [RPCMethod] {
        [
            .unary(
                "/t/Echo",
                inline: { request, _ throws(RPCError) in request.withUnsafeBytes { Array($0) } }),
            .unary(
                "/t/Later",
                deferred: { request, context, reply in
                    reply.succeed(RPCResponse(request, trailingMetadata: context.metadata))
                }),
            .serverStream("/t/Stream") { request, _, writer in
                calls.began()
                writer.onTermination { calls.ended() }
                for byte in request.prefix(16) {
                    writer.send([UInt8](repeating: byte, count: 16 * Int(byte)))
                }
                if request.count < 8 { writer.finish() }
            },
            .stream("/t/Chat") { requests, _, writer throws(RPCError) in
                calls.began()
                defer { calls.ended() }
                for try await message in requests { try await writer.write(message) }
            },
        ]
    }
}
