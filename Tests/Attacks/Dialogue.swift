import HTTP2
import NIOCore
import NIOPosix
import NIOSSL
import ProcessSupport
import RPC
import Synchronization

/// A client whose HTTP/2 is in order, and whose headers and bodies are whatever a test likes.
final class Dialogue: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<Handler>
    private let answers: Answers

    init(port: Int, tls: NIOSSLContext? = nil) async throws {
        let answers = Answers()
        self.answers = answers
        (channel, handler) = try await ClientBootstrap(group: group)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try Handler(answers)
                    try channel.pipeline.syncOperations.addTLS(tls)
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
                }
            }
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Begins a call. Its number.
    func call(
        _ headers: [(name: String, value: String)], body: [UInt8] = [], ends: Bool = true
    ) async throws -> Int32 {
        try await channel.eventLoop.submit { [handler] in
            handler.value.call(HTTP2Headers(headers), body, ends)
        }.get()
    }

    /// How a call ended.
    func answer(to stream: Int32, within limit: Duration = .seconds(20)) async throws -> Answer {
        try await eventually(within: limit, "an answer on stream \(stream)") {
            if let answer = answers.of(stream) { return answer }
            return channel.isActive ? nil : answers.goAway ?? .closed
        }
    }

    /// The first answer to any call.
    func firstAnswer(
        upTo last: Int32, within limit: Duration = .seconds(20)
    ) async throws -> Answer {
        try await eventually(within: limit, "an answer") {
            for stream in stride(from: Int32(1), through: last, by: 2) {
                if let answer = answers.of(stream) { return answer }
            }
            return channel.isActive ? nil : answers.goAway ?? .closed
        }
    }

    /// Whether no call is answered within a time.
    func isHeld(upTo last: Int32, for time: Duration) async throws -> Answer {
        do {
            return try await firstAnswer(upTo: last, within: time)
        } catch is NotInTime {
            return .held
        }
    }

    /// One call and how it ended.
    static func answer(
        port: Int, _ headers: [(name: String, value: String)],
        body: [UInt8] = H2.message([]), ends: Bool = true, tls: NIOSSLContext? = nil
    ) async throws -> Answer {
        let dialogue = try await Dialogue(port: port, tls: tls)
        let stream = try await dialogue.call(headers, body: body, ends: ends)
        return try await dialogue.answer(to: stream)
    }

    /// What the server said.
    private final class Answers: Sendable {
        private struct State {
            var answers: [Int32: Answer] = [:]
            var goAway: Answer?
        }

        private let state = Mutex(State())

        var goAway: Answer? { state.withLock { $0.goAway } }
        func of(_ stream: Int32) -> Answer? { state.withLock { $0.answers[stream] } }

        /// The first word counts: what follows a status is the end of its stream.
        func add(_ answer: Answer, to stream: Int32) {
            state.withLock { state in
                if state.answers[stream] == nil { state.answers[stream] = answer }
            }
        }

        func end(_ code: UInt32) {
            guard code != 0, let code = HTTP2ErrorCode(rawValue: code) else { return }
            state.withLock { $0.goAway = .goAway(code) }
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let session: HTTP2Session
        private let answers: Answers
        private var context: ChannelHandlerContext?

        init(_ answers: Answers) throws {
            guard let session = HTTP2Session(role: .client) else {
                throw RPCError(.resourceExhausted, "no memory for a session")
            }
            self.session = session
            self.answers = answers
        }

        func channelActive(context: ChannelHandlerContext) {
            self.context = context
            flush()
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.context = nil
        }

        func call(_ headers: HTTP2Headers, _ body: [UInt8], _ ends: Bool) -> Int32 {
            guard let stream = session.request(headers) else { return 0 }
            session.write(ByteQueue(body), stream: stream)
            if ends { session.finish(stream: stream) }
            flush()
            return stream
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            unwrapInboundIn(data).withUnsafeReadableBytes { session.receive($0, at: 0) }
            let events = session.takeEvents()
            for event in events.list { read(event, events) }
            flush()
        }

        private func read(_ event: HTTP2Events.Event, _ events: HTTP2Events) {
            switch event {
            case .headers(let stream, let fields, _):
                for field in events.fields[fields] {
                    let number = Int(events.text(of: field)) ?? -1
                    if field.known == .grpcStatus {
                        answers.add(.status(.init(rawValue: number) ?? .unknown), to: stream)
                    } else if field.known == .status, number != 200 {
                        answers.add(.http(number), to: stream)
                    }
                }
            case .data(let stream, let bytes): session.consume(bytes.count, stream: stream)
            case .closed(let stream, let code):
                answers.add(.reset(HTTP2ErrorCode(rawValue: code) ?? .internalError), to: stream)
            case .goAway(_, let code, _): answers.end(code)
            default: break
            }
        }

        private func flush() {
            guard let context else { return }
            var buffer = context.channel.allocator.buffer(capacity: 1_024)
            _ = session.send(upTo: .max) { buffer.writeBytes($0) }
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
    }
}
