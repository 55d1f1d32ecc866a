import NIOCore
import NIOHTTP1

/// One connection: one request at a time, each within its time.
final class HTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Bytes of a request's body.
    static let bodyMaximum = 4_096
    /// From the connection, or the answer before, until the next answer is taken. A client that is
    /// slower is cut, and so is one that asks nothing more.
    static let patience = TimeAmount.seconds(30)

    private let answering: Answering
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var deadline: Scheduled<Void>?

    init(_ answering: Answering) {
        self.answering = answering
    }

    func channelActive(context: ChannelHandlerContext) {
        rearm(context.channel)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLarge = false
        case .body(let buffer):
            if body.count + buffer.readableBytes > Self.bodyMaximum {
                isTooLarge = true
            } else {
                body += buffer.readableBytesView
            }
        case .end:
            guard let head else { return }
            self.head = nil
            respond(to: head, context)
        }
    }

    private func rearm(_ channel: any Channel) {
        deadline?.cancel()
        deadline = channel.eventLoop.scheduleTask(in: Self.patience) {
            channel.close(promise: nil)
        }
    }

    private func respond(to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !isTooLarge else {
            let text = "A body has at most \(Self.bodyMaximum) bytes."
            return write(.sentence(413, text), to: head, isLast: true, context)
        }
        let promise = context.eventLoop.makePromise(of: Answer.self)
        promise.completeWithTask { [answering, body] in
            await answering.answer(head.method.rawValue, head.uri, body)
        }
        promise.futureResult.assumeIsolated().whenSuccess { answer in
            self.write(answer, to: head, isLast: !head.isKeepAlive, context)
        }
    }

    private func write(
        _ answer: Answer, to head: HTTPRequestHead, isLast: Bool, _ context: ChannelHandlerContext
    ) {
        var headers: HTTPHeaders = [
            "content-type": answer.type, "content-length": String(answer.body.count),
        ]
        if isLast { headers.add(name: "connection", value: "close") }
        let response = HTTPResponseHead(
            version: head.version, status: .init(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if head.method != .HEAD {
            let buffer = context.channel.allocator.buffer(bytes: answer.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { result in
            if isLast || (try? result.get()) == nil {
                channel.close(promise: nil)
            } else {
                self.rearm(channel)
            }
        }
    }
}
