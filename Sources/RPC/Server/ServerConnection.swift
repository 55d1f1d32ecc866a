import HTTP2
import Logging
import NIOCore

/// The calls of one connection to a server. Confined to the connection's event loop.
final class ServerConnection: ConnectionCalls {
    /// What every connection of a server shares.
    struct Environment: Sendable {
        let methods: MethodTable
        let configuration: RPCServerConfiguration
        let logger: Logger
        let onConnectionClosed: @Sendable (ConnectionID) -> Void
    }

    let id: ConnectionID
    let peer: String
    let session: HTTP2Session
    let environment: Environment
    let eventLoop: any EventLoop
    /// Asks the handler to write soon.
    var flushSoon: () -> Void = {}
    /// Closes the channel at once.
    var close: () -> Void = {}

    var calls: [Int32: ServerCall] = [:]
    /// Streams whose writers have output, in the order in which they were woken.
    private var readyStreams: [Int32] = []
    /// Bytes of requests that are not whole yet.
    private var gatheredBytes = 0
    private var hasHandledCalls = false
    private var isClosed = false
    private var handshakeTimer: Scheduled<Void>?
    private var silenceTimer: Scheduled<Void>?
    /// Whether the peer sent anything since the last look, and whether it was asked to.
    private var hasHeard = false
    private var hasAsked = false
    private var drain = Drain.no
    /// What tells the pings of shutting down from those against silence.
    private static let drainPing: UInt64 = 1
    private static let silencePing: UInt64 = 2

    private static let shuttingDown = RPCStatus(.unavailable, "the server is shutting down")

    private enum Drain { case no, announced, goingAway }

    init(
        id: ConnectionID, peer: String, session: HTTP2Session, environment: Environment,
        eventLoop: any EventLoop
    ) {
        self.id = id
        self.peer = peer
        self.session = session
        self.environment = environment
        self.eventLoop = eventLoop
    }

    // MARK: The connection

    /// The channel is there: the peer has so long to show that it speaks HTTP/2.
    func opened() {
        let timeout = TimeAmount(clamping: environment.configuration.handshakeTimeout)
        handshakeTimer = eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in
            guard let self else { return }
            self.log("no HTTP/2 preface in time")
            self.close()
        }
        watchSilence()
    }

    /// A peer whose host is gone says nothing, not even that it is gone.
    private func watchSilence() {
        let period = TimeAmount(clamping: environment.configuration.silenceMaximum)
        silenceTimer = eventLoop.assumeIsolated().scheduleTask(in: period) { [weak self] in
            guard let self else { return }
            if !self.hasHeard && self.hasAsked {
                self.log("silence")
                return self.close()
            }
            self.hasAsked = !self.hasHeard
            self.hasHeard = false
            if self.hasAsked {
                self.session.ping(Self.silencePing)
                self.flushSoon()
            }
            self.watchSilence()
        }
    }

    func closed() {
        guard !isClosed else { return }
        isClosed = true
        handshakeTimer?.cancel()
        silenceTimer?.cancel()
        let open = calls.keys.sorted()
        for stream in open { forget(stream) }
        if hasHandledCalls { environment.onConnectionClosed(id) }
    }

    var mayClose: Bool { drain != .announced }

    /// Ends streams, lets unary calls finish, takes no new ones.
    func shutDown() {
        guard drain == .no, !isClosed else { return }
        drain = .announced
        session.announceShutdown()
        session.ping(Self.drainPing)
        for call in calls.values {
            if case .streaming(let writer) = call.state {
                writer.finish(Self.shuttingDown)
            }
        }
        flushSoon()
    }

    // MARK: Events

    func handle(_ events: HTTP2Events, _ input: UnsafeRawBufferPointer) {
        if !input.isEmpty { hasHeard = true }
        for index in events.list.indices {
            switch events.list[index] {
            case .ready:
                handshakeTimer?.cancel()
            case .headers(let stream, let fields, let endsStream):
                begin(stream, events, fields)
                if endsStream { requestEnded(stream) }
            case .data(let stream, let range):
                session.consume(range.count, stream: stream)
                let next = index + 1
                let isLast = next < events.list.count && events.list[next] == .ended(stream: stream)
                received(
                    stream, UnsafeRawBufferPointer(rebasing: input[range]), isLast: isLast)
            case .ended(let stream):
                requestEnded(stream)
            case .closed(let stream, _):
                forget(stream)
            case .pong(let opaque) where opaque == Self.drainPing && drain == .announced:
                drain = .goingAway
                session.goAway()
            case .failed(let failure):
                log(failure.reason)
            case .pong, .goAway:
                break
            }
        }
    }

    func prepareOutput() {
        guard !readyStreams.isEmpty else { return }
        let ready = readyStreams
        readyStreams = []
        for stream in ready where fill(stream) { readyStreams.append(stream) }
    }

    // MARK: Requests

    private func begin(_ stream: Int32, _ events: HTTP2Events, _ fields: Range<Int>) {
        guard calls[stream] == nil else { return }
        switch ServerCall.open(events, fields) {
        case .call(let path, let timeout):
            let path = events.headerBytes[path]
            guard let method = environment.methods.method(at: path) else {
                let name = String(decoding: path.prefix(256), as: UTF8.self)
                let status = RPCStatus(.unimplemented, "there is no method \(name)")
                return session.respondWithoutBody(.failure(status), stream: stream)
            }
            var call = ServerCall(
                method: method,
                reader: MessageReader(maximum: environment.configuration.requestMaximum))
            call.deadline = timeout.map { .now() + $0 }
            calls[stream] = call
        case .http(let headers), .status(let headers):
            session.respondWithoutBody(headers, stream: stream)
        case .ignored:
            break
        }
    }

    private func received(_ stream: Int32, _ piece: UnsafeRawBufferPointer, isLast: Bool) {
        guard calls[stream]?.isReceiving == true else { return }
        if isLast, calls[stream]?.reader.pendingBytes == 0,
            let message = MessageReader.wholeMessage(
                in: piece, maximum: environment.configuration.requestMaximum)
        {
            calls[stream]?.hasRequestEnded = true
            return dispatch(stream, message)
        }
        gather(stream, piece)
    }

    /// Keeps a piece of a request, in place: to copy what was gathered for each piece would cost
    /// the more the longer the request is.
    private func gather(_ stream: Int32, _ piece: UnsafeRawBufferPointer) {
        let configuration = environment.configuration
        calls[stream]?.reader.append(piece)
        gatheredBytes += piece.count
        if let error = calls[stream]?.reader.rejection {
            fail(stream, error.status)
        } else if gatheredBytes > configuration.connectionRequestMaximum {
            let maximum = configuration.connectionRequestMaximum
            fail(
                stream,
                RPCStatus(
                    .resourceExhausted,
                    "incomplete requests on this connection have more than \(maximum) bytes"))
        }
    }

    private func requestEnded(_ stream: Int32) {
        guard var call = calls[stream], call.isReceiving, !call.hasRequestEnded else { return }
        call.hasRequestEnded = true
        gatheredBytes -= call.reader.pendingBytes
        do throws(RPCError) {
            let message = try call.reader.next()
            guard let message, call.reader.pendingBytes == 0 else {
                throw RPCError(.internalError, "the request is not one whole message")
            }
            calls[stream] = call
            message.withUnsafeBytes { dispatch(stream, $0) }
        } catch {
            call.reader = MessageReader(maximum: 0)
            calls[stream] = call
            fail(stream, error.status)
        }
    }

    private func dispatch(_ stream: Int32, _ message: UnsafeRawBufferPointer) {
        guard let call = calls[stream] else { return }
        hasHandledCalls = true
        if let deadline = call.deadline, deadline <= .now() { return expire(stream) }
        let context = RPCContext(connection: id, method: call.method.path, peer: peer)
        switch call.method.handler {
        case .inline(let handler):
            do throws(RPCError) {
                answer(stream, try handler(message.bytes, context))
            } catch {
                fail(stream, error.status)
            }
        case .deferred(let handler):
            hold(stream, .answering)
            let connection = NIOLoopBound(self, eventLoop: eventLoop)
            let reply = RPCReply { [eventLoop] outcome in
                eventLoop.execute { connection.value.complete(stream, outcome) }
            }
            handler(Array(message), context, reply)
        case .stream where drain != .no:
            fail(stream, Self.shuttingDown)
        case .stream(let handler):
            let connection = NIOLoopBound(self, eventLoop: eventLoop)
            let writer = RPCStreamWriter(
                bufferMaximum: environment.configuration.streamBufferMaximum, eventLoop: eventLoop
            ) { [eventLoop] in
                eventLoop.execute { connection.value.wake(stream) }
            }
            hold(stream, .streaming(writer))
            session.respond(.success, stream: stream)
            handler(Array(message), context, writer)
        }
    }

    /// The call goes on; its deadline is watched.
    private func hold(_ stream: Int32, _ state: ServerCall.State) {
        calls[stream]?.state = state
        guard let deadline = calls[stream]?.deadline else { return }
        let timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            self?.expire(stream)
            self?.flushSoon()
        }
        calls[stream]?.timer = timer
    }

    // MARK: Answers

    private func complete(_ stream: Int32, _ outcome: Result<[UInt8], RPCError>) {
        guard let call = calls[stream], case .answering = call.state else { return }
        switch outcome {
        case .success(let message): answer(stream, message)
        case .failure(let error): fail(stream, error.status)
        }
        flushSoon()
    }

    private func answer(_ stream: Int32, _ message: [UInt8]) {
        if session.respond(.success, stream: stream) {
            session.write(
                prefix: MessageReader.prefix(length: message.count), message, stream: stream)
            session.finish(stream: stream, trailers: .okTrailers)
        }
        forget(stream)
    }

    private func fail(_ stream: Int32, _ status: RPCStatus) {
        guard let call = calls[stream] else { return }
        if case .streaming = call.state {
            session.finish(stream: stream, trailers: status.trailers())
        } else {
            session.respondWithoutBody(.failure(status), stream: stream)
        }
        forget(stream)
    }

    private func expire(_ stream: Int32) {
        fail(stream, RPCStatus(.deadlineExceeded, "the deadline passed before the answer"))
    }

    private func forget(_ stream: Int32) {
        guard let call = calls.removeValue(forKey: stream) else { return }
        call.timer?.cancel()
        switch call.state {
        case .receiving where !call.hasRequestEnded: gatheredBytes -= call.reader.pendingBytes
        case .streaming(let writer): writer.terminate()
        case .receiving, .answering: break
        }
    }

    // MARK: Streams

    private func wake(_ stream: Int32) {
        guard calls[stream] != nil else { return }
        readyStreams.append(stream)
        flushSoon()
    }

    /// Bytes of a stream that the session holds at least, so that it never idles while there is
    /// more.
    private static let sessionBytes = 64 << 10

    /// Moves messages from a writer to the session. Whether the writer has more.
    private func fill(_ stream: Int32) -> Bool {
        guard let call = calls[stream], case .streaming(let writer) = call.state else {
            return false
        }
        while session.pendingBytes(stream: stream) < Self.sessionBytes {
            switch writer.next() {
            case .message(let message):
                session.write(
                    prefix: MessageReader.prefix(length: message.count), message, stream: stream)
            case .finish(let status):
                let trailers = status == .ok ? HTTP2Headers.okTrailers : status.trailers()
                session.finish(stream: stream, trailers: trailers)
                forget(stream)
                return false
            case .nothing:
                return false
            }
        }
        return true
    }

    private func log(_ reason: String) {
        environment.logger.debug(
            "closing connection",
            metadata: ["connection": "\(id.number)", "peer": "\(peer)", "reason": "\(reason)"])
    }
}
