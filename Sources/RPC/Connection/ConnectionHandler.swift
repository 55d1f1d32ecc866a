import HTTP2
import NIOCore
import NIOSSL
import NIOTLS

/// What one side of a connection does with HTTP/2's events. All of it runs on the connection's
/// loop.
protocol ConnectionCalls: AnyObject {
    /// - Parameter input: the bytes that `data` events point into, valid during the call.
    func handle(_ events: HTTP2Events, _ input: UnsafeRawBufferPointer)
    /// The connection is about to be written to: whatever waits may be given to the session.
    func prepareOutput()
    /// TLS is up. Throwing closes the connection.
    func secured(_ negotiated: String?, _ certificate: NIOSSLCertificate?) throws
    /// TLS or the socket failed; the channel is closed next.
    func failed(_ error: any Error)
    /// The connection may be closed once the session says that it is over.
    var mayClose: Bool { get }
    /// The connection is gone.
    func closed()
}

/// Carries bytes between a channel and a session: everything that one read brought is handled, and
/// then answered in one write.
///
/// While the channel is not writable nothing is taken from the session and nothing is read, so that
/// a peer which does not read can't make this side grow.
final class ConnectionHandler<Calls: ConnectionCalls>: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Bytes gathered for one write before no more are: the last frame, of 16 KB at most, still
    /// fits the buffer.
    private let gatherMaximum = LoopResources.outputBytes - (17 << 10)

    private let session: HTTP2Session
    private let calls: Calls
    private let loop: LoopResources
    private var context: ChannelHandlerContext?
    /// As the channel last said: asking it costs more.
    private var isWritable = true
    private var isReading = false
    private var isFlushing = false
    private var flushAgain = false
    private var isFlushScheduled = false
    private var hasHeldRead = false
    private var isClosing = false

    init(session: HTTP2Session, calls: Calls, loop: LoopResources) {
        self.session = session
        self.calls = calls
        self.loop = loop
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
        if context.channel.isActive { flush() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // A channel that never came up is never told that it is down.
        calls.closed()
    }

    func channelActive(context: ChannelHandlerContext) {
        flush()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        calls.closed()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        calls.failed(error)
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated) = event as? TLSUserEvent {
            do {
                let pipeline = context.channel.pipeline.syncOperations
                try calls.secured(negotiated, pipeline.nioSSL_peerCertificate())
            } catch {
                errorCaught(context: context, error: error)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let milliseconds = Int64(clamping: NIODeadline.now().uptimeNanoseconds / 1_000_000)
        unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            session.receive(bytes, at: milliseconds)
            handleEvents(bytes)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        flush()
        if isWritable, hasHeldRead {
            hasHeldRead = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        // Only a server waits for its client to read: if both did, neither would go on.
        if session.role == .client || isWritable {
            context.read()
        } else {
            hasHeldRead = true
        }
    }

    /// Something waits to be written: it will be, once in this turn of the loop.
    func flushSoon() {
        guard !isReading, !isFlushScheduled, let context else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.flush()
        }
    }

    private func handleEvents(_ input: UnsafeRawBufferPointer) {
        let events = session.takeEvents()
        if !events.list.isEmpty { calls.handle(events, input) }
        session.recycle(events)
    }

    private func flush() {
        // Writing can make the channel writable again, which calls back here.
        guard !isFlushing else {
            flushAgain = true
            return
        }
        isFlushing = true
        defer { isFlushing = false }
        repeat {
            flushAgain = false
            writeOutput()
        } while flushAgain
        if session.isFinished && calls.mayClose { closeAfterOutput() }
    }

    /// Closing at once would lose what the kernel has not taken yet.
    private func closeAfterOutput() {
        guard let context, !isClosing else { return }
        isClosing = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    private func writeOutput() {
        guard let context else { return }
        while isWritable {
            calls.prepareOutput()
            guard session.hasOutput else { break }
            var buffer = loop.takeOutput()
            let count = gather(into: &buffer)
            handleEvents(UnsafeRawBufferPointer(start: nil, count: 0))
            if count > 0 { context.writeAndFlush(wrapOutboundOut(buffer), promise: nil) }
            loop.giveBack(buffer)
            guard count > 0 else { break }
        }
    }

    /// Takes what the session has to send, up to a buffer full. Returns the number of bytes.
    private func gather(into buffer: inout ByteBuffer) -> Int {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: LoopResources.outputBytes) {
            space in
            var free = space
            return session.send(upTo: gatherMaximum) { piece in
                free.copyMemory(from: piece)
                free = UnsafeMutableRawBufferPointer(rebasing: free[piece.count...])
            }
        }
    }
}
