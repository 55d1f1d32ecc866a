import NIOCore
import NIOEmbedded
import RPC

/// A client's connection in memory, with a call of each kind under way. All of it runs on one
/// thread.
final class FuzzedClient {
    private let loop = EmbeddedEventLoop()
    private let channel: EmbeddedChannel
    private let calls = OpenCalls()
    private var written: [UInt8] = []

    init() {
        channel = EmbeddedChannel(loop: loop)
        do {
            let connection = try RPCClientConnection.over(channel, logger: silent)
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/")).wait()
            start(on: connection)
        } catch {
            preconditionFailure("no connection: \(error)")
        }
        loop.run()
    }

    /// What the client wrote so far.
    func flush() -> [UInt8] {
        drain()
        return written
    }

    func receive(_ piece: ArraySlice<UInt8>) {
        // A connection that was closed takes nothing.
        guard channel.isActive else { return }
        _ = try? channel.writeInbound(ByteBuffer(bytes: piece))
        loop.run()
        drain()
    }

    /// The connection ends; so must all calls.
    func end() {
        drain()
        channel.close(promise: nil)
        loop.run()
        _ = try? channel.finish(acceptAlreadyClosed: true)
        loop.run()
        precondition(calls.count == 0, "\(calls.count) calls outlive their connection")
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8
        precondition(written.starts(with: preface))
        checkFrames(Array(written.dropFirst(preface.count)))
    }

    private func drain() {
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) {
            written += buffer.readableBytesView
        }
    }

    private func start(on connection: RPCClientConnection) {
        run { [calls] in
            defer { calls.ended() }
            _ = try? await connection.unary("/t/Unary", [1, 2, 3], timeout: .seconds(60))
        }
        run { [calls] in
            defer { calls.ended() }
            await Self.read(connection.serverStream("/t/Stream", []))
        }
        run { [calls] in
            defer { calls.ended() }
            let stream = connection.stream("/t/Chat")
            try? await stream.send([4])
            stream.finish()
            _ = await stream.responses.initialMetadata()
            await Self.read(stream.responses)
            _ = stream.responses.trailingMetadata
        }
    }

    /// Reads to the end, whatever it is.
    private static func read(_ responses: RPCResponseStream) async {
        do throws(RPCError) {
            for try await message in responses {
                precondition(message.count <= RPCClientConfiguration().responseMaximum)
            }
        } catch {
            precondition(error.code != .ok)
        }
    }

    private func run(_ body: @escaping @Sendable () async -> Void) {
        calls.began()
        Task.immediate(executorPreference: LoopExecutor(loop)) { await body() }
    }
}
