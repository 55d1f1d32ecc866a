import HTTP2
import Logging
import NIOCore

/// The calls of one connection of a client. Confined to the connection's event loop.
final class ClientCalls: ConnectionCalls {
    let session: HTTP2Session
    private let authority: String
    private let configuration: RPCClientConfiguration
    private let eventLoop: any EventLoop
    private let logger: Logger
    /// Told once when the server has shown that it speaks HTTP/2, or that it will not.
    private var onReady: ((RPCError?) -> Void)?
    /// Told at each change: nothing more can be called, and why; the connection is gone.
    private let onState: @Sendable (RPCClientConnection.State) -> Void
    var flushSoon: () -> Void = {}

    private var calls: [Int32: ClientCall] = [:]
    private var streams: [ObjectIdentifier: Int32] = [:]
    private var refusal: RPCError?
    private var isClosed = false

    init(
        session: HTTP2Session, authority: String, configuration: RPCClientConfiguration,
        eventLoop: any EventLoop, logger: Logger, onReady: @escaping (RPCError?) -> Void,
        onState: @escaping @Sendable (RPCClientConnection.State) -> Void
    ) {
        self.session = session
        self.authority = authority
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        self.onReady = onReady
        self.onState = onState
    }

    // MARK: Calls

    func start(_ request: ClientRequest, _ receiver: any ClientCallReceiver) {
        guard !receiver.isOver else { return }
        if let refusal { return receiver.end(refusal.status) }
        guard calls.count < configuration.concurrentCallMaximum else {
            let maximum = configuration.concurrentCallMaximum
            return receiver.end(
                RPCStatus(.resourceExhausted, "\(maximum) calls are open on this connection"))
        }
        guard let stream = session.request(request.headers(authority: authority)) else {
            return receiver.end(RPCStatus(.unavailable, "the connection takes no more calls"))
        }
        let prefix = MessageReader.prefix(length: request.message.count)
        session.write(prefix: prefix, request.message, stream: stream)
        session.finish(stream: stream)
        var call = ClientCall(
            receiver: receiver, responseMaximum: configuration.responseMaximum)
        if let timeout = request.timeout {
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
        guard let stream = streams[ObjectIdentifier(receiver)],
            let held = calls[stream]?.heldBytes, held > 0
        else { return }
        calls[stream]?.heldBytes = 0
        session.consumeStream(held, stream: stream)
        flushSoon()
    }

    // MARK: The connection

    var mayClose: Bool { true }

    func prepareOutput() {}

    func handle(_ events: HTTP2Events, _ input: UnsafeRawBufferPointer) {
        for event in events.list {
            switch event {
            case .ready:
                onReady?(nil)
                onReady = nil
            case .headers(let stream, let fields, let endsStream):
                received(stream, events, fields)
                if endsStream { ended(stream) }
            case .data(let stream, let range):
                received(stream, UnsafeRawBufferPointer(rebasing: input[range]))
            case .ended(let stream):
                ended(stream)
            case .closed(let stream, let code):
                end(stream, calls[stream]?.status ?? RPCStatus(streamError: code))
            case .goAway:
                refuse(RPCError(.unavailable, "the server is going away"))
            case .failed(let failure):
                logger.debug("connection failed", metadata: ["reason": "\(failure.reason)"])
                refuse(RPCError(.unavailable, "the connection failed: \(failure.reason)"))
            case .pong:
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
        for stream in calls.keys.sorted() { end(stream, error.status) }
        onState(.closed(error))
    }

    private func refuse(_ error: RPCError) {
        guard refusal == nil else { return }
        refusal = error
        onState(.refusing)
    }

    // MARK: Responses

    private func received(_ stream: Int32, _ events: HTTP2Events, _ fields: Range<Int>) {
        if let status = calls[stream]?.read(events, fields) { abandon(stream, status) }
    }

    private func received(_ stream: Int32, _ piece: UnsafeRawBufferPointer) {
        // The connection's window is never held: one slow reader must not stop the other calls.
        session.consumeConnection(piece.count)
        guard let held = calls[stream]?.heldBytes else { return }
        // In place: to copy what was gathered for each piece would cost the more the longer it is.
        calls[stream]?.reader.append(piece)
        var hasRoom = held == 0
        do throws(RPCError) {
            while let message = try calls[stream]?.reader.next() {
                hasRoom = calls[stream]?.receiver.receive(message) ?? true
            }
        } catch {
            return abandon(stream, error.status)
        }
        if hasRoom { session.consumeStream(held + piece.count, stream: stream) }
        calls[stream]?.heldBytes = hasRoom ? 0 : held + piece.count
    }

    private func ended(_ stream: Int32) {
        guard let call = calls[stream] else { return }
        end(stream, call.endStatus)
    }

    /// Ends a call that the server has not ended.
    private func abandon(_ stream: Int32, _ status: RPCStatus) {
        guard calls[stream] != nil else { return }
        session.reset(stream: stream, code: .cancel)
        end(stream, status)
        flushSoon()
    }

    private func end(_ stream: Int32, _ status: RPCStatus) {
        guard let call = calls.removeValue(forKey: stream) else { return }
        streams[ObjectIdentifier(call.receiver)] = nil
        call.timer?.cancel()
        call.receiver.end(status)
    }
}
