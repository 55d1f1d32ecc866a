import HTTP2
import Logging
import NIOCore
import NIOSSL

/// The calls of one connection of a client. Confined to the connection's event loop.
final class ClientCalls: ConnectionCalls {
    let session: HTTP2Session
    let eventLoop: any EventLoop
    let configuration: RPCClientConfiguration
    private let authority: String
    private let scheme: String
    private let logger: Logger
    /// Told once when the server has shown that it speaks HTTP/2, or that it will not.
    private var onReady: ((RPCError?) -> Void)?
    /// Told at each change: nothing more can be called, and why; the connection is gone.
    private let onState: @Sendable (RPCClientConnection.State) -> Void
    var flushSoon: () -> Void = {}
    /// Closes the channel at once.
    var close: () -> Void = {}

    private var calls = StreamTable<ClientCall>()
    private var streams: [ObjectIdentifier: Int32] = [:]
    private var readyStreams: [Int32] = []
    private var keepalive: Keepalive
    private var keepaliveTimer: Scheduled<Void>?
    private var refusal: RPCError?
    private var isClosed = false

    /// What waits in the session of one stream at least while its caller has more.
    private static let sessionBytes = 64 << 10

    init(
        session: HTTP2Session, target: RPCTarget, isSecure: Bool,
        configuration: RPCClientConfiguration, eventLoop: any EventLoop, logger: Logger,
        onReady: @escaping (RPCError?) -> Void,
        onState: @escaping @Sendable (RPCClientConnection.State) -> Void
    ) {
        self.session = session
        authority = target.authority
        scheme = isSecure ? "https" : "http"
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        self.onReady = onReady
        self.onState = onState
        keepalive = Keepalive(configuration)
    }

    // MARK: Calls

    func start(_ request: ClientRequest, _ receiver: any ClientCallReceiver) {
        guard !receiver.isOver else { return }
        if let refusal { return receiver.refused(refusal.status, isConnectionOver: true) }
        guard calls.count < configuration.concurrentCallMaximum else {
            let maximum = configuration.concurrentCallMaximum
            return receiver.end(
                RPCStatus(.resourceExhausted, "\(maximum) calls are open on this connection"),
                .init())
        }
        let headers = request.headers(authority: authority, scheme: scheme)
        guard let stream = session.request(headers) else {
            return receiver.refused(
                RPCStatus(.unavailable, "the connection takes no more calls"),
                isConnectionOver: true)
        }
        var outbound: OutboundMessages?
        switch request.body {
        case .message(let message):
            session.write(
                Framing.framed(message, compression: request.options.compression), stream: stream)
            session.finish(stream: stream)
        case .stream(let messages):
            outbound = messages
            readyStreams.append(stream)
        }
        let call = ClientCall(
            receiver: receiver, outbound: outbound, responseMaximum: configuration.responseMaximum)
        if let timeout = request.options.timeout {
            let amount = TimeAmount(clamping: timeout)
            call.timer = eventLoop.assumeIsolated().scheduleTask(in: amount) { [weak self] in
                let status = RPCStatus(.deadlineExceeded, "no answer within \(timeout)")
                self?.abandon(stream, status)
            }
        }
        calls[stream] = call
        streams[ObjectIdentifier(receiver)] = stream
        flushSoon()
    }

    /// Nobody waits for the call any more.
    func cancel(_ receiver: any ClientCallReceiver) {
        guard let stream = streams[ObjectIdentifier(receiver)] else { return }
        abandon(stream, RPCStatus(.cancelled, "the call was cancelled"))
    }

    /// The receiver has room again.
    func release(_ receiver: any ClientCallReceiver) {
        guard let stream = streams[ObjectIdentifier(receiver)] else { return }
        calls[stream]?.inflow.release(stream, on: session)
        flushSoon()
    }

    /// The caller has more to send.
    func wake(_ receiver: any ClientCallReceiver) {
        guard let stream = streams[ObjectIdentifier(receiver)] else { return }
        readyStreams.append(stream)
        flushSoon()
    }

    // MARK: The connection

    var mayClose: Bool { true }

    func secured(_ negotiated: String?, _ certificate: NIOSSLCertificate?) throws {
        guard negotiated == "h2" else {
            throw RPCError(.unavailable, "the server did not agree to HTTP/2 (ALPN h2)")
        }
    }

    func failed(_ error: any Error) {
        refuse(RPCError(.unavailable, TLSFailure.text(error)))
    }

    func ping(_ answered: @escaping (Result<Void, RPCError>) -> Void) {
        if let refusal, isClosed { return answered(.failure(refusal)) }
        guard let opaque = keepalive.ask(answered) else {
            return answered(.failure(RPCError(.resourceExhausted, "too many pings are under way")))
        }
        session.ping(opaque)
        flushSoon()
    }

    private func watch() {
        keepaliveTimer?.cancel()
        guard let delay = keepalive.delay else { return }
        keepaliveTimer = eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            guard let self, !self.isClosed else { return }
            switch self.keepalive.look(hasCalls: !self.calls.isEmpty) {
            case .wait: break
            case .ping(let opaque):
                self.session.ping(opaque)
                self.flushSoon()
            case .close:
                self.refuse(RPCError(.unavailable, "the server does not answer pings"))
                self.close()
            }
            self.watch()
        }
    }

    func prepareOutput() {
        guard !readyStreams.isEmpty else { return }
        let ready = readyStreams
        readyStreams = []
        for stream in ready where fill(stream) { readyStreams.append(stream) }
    }

    func handle(_ events: HTTP2Events, _ input: UnsafeRawBufferPointer) {
        if !input.isEmpty, keepalive.heard() { watch() }
        for event in events.list {
            switch event {
            case .ready:
                onReady?(nil)
                onReady = nil
                // Until here the connect timeout is what watches.
                watch()
            case .headers(let stream, let fields, let endsStream):
                if let status = calls[stream]?.read(events, fields) { abandon(stream, status) }
                if endsStream { ended(stream) }
            case .data(let stream, let range):
                received(stream, UnsafeRawBufferPointer(rebasing: input[range]))
            case .ended(let stream):
                ended(stream)
            case .closed(let stream, let code):
                refused(stream, code)
                end(stream, calls[stream]?.status ?? RPCStatus(streamError: code))
            case .goAway(_, _, let isCalm):
                let reason = isCalm ? "the server is going away" : "the server: too_many_pings"
                refuse(RPCError(.unavailable, reason), isCalm: isCalm)
            case .failed:
                guard let failure = session.failure else { continue }
                logger.debug("connection failed", metadata: ["reason": "\(failure.reason)"])
                refuse(RPCError(.unavailable, "the connection failed: \(failure.reason)"))
            case .pong(let opaque):
                keepalive.answered(opaque)
            case .ping, .refused:
                break
            }
        }
    }

    func closed() {
        guard !isClosed else { return }
        isClosed = true
        refuse(RPCError(.unavailable, "the connection is closed"))
        let error = refusal ?? RPCError(.unavailable, "the connection is closed")
        onReady?(error)
        onReady = nil
        for stream in calls.streams { end(stream, error.status) }
        keepalive.end(error)
        onState(.closed(error))
    }

    private func refuse(_ error: RPCError, isCalm: Bool = true) {
        guard refusal == nil else { return }
        refusal = error
        onState(.refusing(error, isCalm: isCalm))
    }

    // MARK: Messages

    /// Moves messages from a caller to the session. Whether it has more.
    private func fill(_ stream: Int32) -> Bool {
        guard let outbound = calls[stream]?.outbound else { return false }
        while session.pendingBytes(stream: stream) < Self.sessionBytes {
            let output = outbound.take()
            if !output.bytes.isEmpty { session.write(output.bytes, stream: stream) }
            if output.end != nil {
                session.finish(stream: stream)
                return false
            }
            guard output.isMore else { return false }
        }
        return true
    }

    private func received(_ stream: Int32, _ piece: UnsafeRawBufferPointer) {
        // The connection's window is never held: one slow reader must not stop the other calls.
        session.consumeConnection(piece.count)
        guard let call = calls[stream] else {
            return session.consumeStream(piece.count, stream: stream)
        }
        do throws(RPCError) {
            try call.inflow.receive(piece, of: stream, on: session) { message, _ in
                call.receiver.receive(message)
            }
        } catch {
            abandon(stream, error.status)
        }
    }

    private func ended(_ stream: Int32) {
        guard let call = calls[stream] else { return }
        end(stream, call.endStatus)
    }

    /// Ends a call that the server has not ended.
    private func abandon(_ stream: Int32, _ status: RPCStatus) {
        guard calls.contains(stream) else { return }
        session.reset(stream: stream, code: .cancel)
        end(stream, status)
        flushSoon()
    }

    private func end(_ stream: Int32, _ status: RPCStatus) {
        guard let call = remove(stream) else { return }
        call.outbound?.terminate()
        call.receiver.end(status, call.trailers)
    }

    /// The server did not handle the call, by HTTP/2's rules. One whose client streams may have
    /// sent what it can't send again.
    private func refused(_ stream: Int32, _ code: UInt32) {
        guard let call = calls[stream], code == HTTP2ErrorCode.refusedStream.rawValue,
            !call.hasHeaders, call.outbound == nil
        else { return }
        _ = remove(stream)
        call.receiver.refused(RPCStatus(streamError: code), isConnectionOver: refusal != nil)
    }

    private func remove(_ stream: Int32) -> ClientCall? {
        guard let call = calls.remove(stream) else { return nil }
        streams[ObjectIdentifier(call.receiver)] = nil
        call.timer?.cancel()
        return call
    }
}
