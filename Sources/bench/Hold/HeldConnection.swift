import NIOCore

/// What a held connection tells its holder, on the one event loop of all of them.
protocol HolderEvents: AnyObject {
    /// Settings are exchanged, and the stream, if any, has its response's headers.
    func ready()
    /// A message arrived on the stream.
    func message()
    func closed(_ reason: String)
}

/// A client's connection that is held open, with a server stream on it or without.
final class HeldConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: [UInt8]
    private let events: any HolderEvents
    private var rest = ByteBuffer()
    /// Steps until it is ready: the peer's SETTINGS, its answer to ours, response headers.
    private var stepsLeft: Int

    /// - Parameter request: frames to send after the preface.
    init(request: [UInt8], events: any HolderEvents) {
        self.request = request
        self.events = events
        stepsLeft = request.isEmpty ? 2 : 3
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { open(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        open(context)
    }

    private func open(_ context: ChannelHandlerContext) {
        let buffer = context.channel.allocator.buffer(bytes: RawFrames.opening + request)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        rest.writeBuffer(&bytes)
        while let frame = RawFrames.next(&rest) { take(frame, context) }
        if rest.readableBytes == 0 { rest = ByteBuffer() }
    }

    private func take(_ frame: RawFrames.Frame, _ context: ChannelHandlerContext) {
        let isAck = frame.flags & RawFrames.ack != 0
        switch frame.kind {
        case RawFrames.Kind.settings where !isAck:
            answer(context, RawFrames.frame(RawFrames.Kind.settings, flags: RawFrames.ack))
            step()
        case RawFrames.Kind.settings:
            step()
        case RawFrames.Kind.ping where !isAck:
            let payload = Array(frame.payload.readableBytesView)
            answer(context, RawFrames.frame(RawFrames.Kind.ping, flags: RawFrames.ack, payload))
        case RawFrames.Kind.headers where frame.flags & RawFrames.endStream != 0:
            events.closed("the server ended a stream")
        case RawFrames.Kind.headers:
            step()
        case RawFrames.Kind.data where frame.payload.readableBytes > 0:
            events.message()
        case RawFrames.Kind.goAway:
            events.closed("the server sent GOAWAY")
        default:
            break
        }
    }

    private func step() {
        stepsLeft -= 1
        if stepsLeft == 0 { events.ready() }
    }

    private func answer(_ context: ChannelHandlerContext, _ bytes: [UInt8]) {
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        events.closed("the server closed a connection")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        events.closed("a connection failed: \(error)")
        context.close(promise: nil)
    }
}
