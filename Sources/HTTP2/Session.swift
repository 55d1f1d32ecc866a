import CNghttp2

/// One side of an HTTP/2 connection, without I/O: bytes in to events, commands to bytes out.
///
/// Whoever owns it gives what arrived to ``receive(_:at:)``, handles ``takeEvents()``, gives
/// commands, and writes what ``send(upTo:_:)`` hands out, until ``isFinished``. Inside nghttp2's
/// callbacks only events are recorded: no code of the owner runs there. Not thread-safe: it stays
/// where its connection is.
///
/// The owner gives flow-control window back with ``consume(_:stream:)``.
public final class HTTP2Session {
    var session: OpaquePointer?
    /// Which end of the connection this is.
    public let role: HTTP2Role
    let scratch: HTTP2Scratch
    /// Behind a pointer: nghttp2 calls back many times for each request, and each access to a
    /// stored property of a class would be checked at run time.
    let recorder: UnsafeMutablePointer<Recorder>
    private let memory: UnsafeMutablePointer<BlockPool.Use>
    private var bodies = StreamTable<OutboundBody>()
    /// Bytes of all streams that wait for the peer's flow control or for the connection.
    public private(set) var waitingBytes = 0
    /// The peer was told why the connection ends.
    private var hasEnded = false

    /// - Parameter scratch: memory shared with the other sessions of the same event loop.
    ///
    /// `nil` only when memory is short.
    public init?(
        role: HTTP2Role, settings: HTTP2Settings = HTTP2Settings(),
        scratch: HTTP2Scratch = HTTP2Scratch()
    ) {
        self.role = role
        self.scratch = scratch
        memory = scratch.blocks.join()
        recorder = .allocate(capacity: 1)
        recorder.initialize(to: Recorder(settings: settings))
        guard let options = Self.makeOptions(settings) else { return nil }
        defer { nghttp2_option_del(options) }
        guard let callbacks = Self.makeCallbacks() else { return nil }
        defer { nghttp2_session_callbacks_del(callbacks) }
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        var allocator = BlockPool.allocator(memory)
        let result =
            switch role {
            case .server:
                nghttp2_session_server_new3(&session, callbacks, pointer, options, &allocator)
            case .client:
                nghttp2_session_client_new3(&session, callbacks, pointer, options, &allocator)
            }
        guard result == 0, submitSettings(settings) else { return nil }
    }

    deinit {
        // No callback may find an object that is going.
        nghttp2_session_set_user_data(session, nil)
        memory.pointee.leavePool()
        nghttp2_session_del(session)
        memory.deallocate()
        recorder.deinitialize(count: 1)
        recorder.deallocate()
    }

    /// Why the connection has to end.
    public var failure: HTTP2Events.Failure? { recorder.pointee.failure }

    // MARK: Bytes

    /// Takes what arrived. `milliseconds` is the time on any clock that does not go back.
    public func receive(_ bytes: UnsafeRawBufferPointer, at milliseconds: Int64) {
        guard !recorder.pointee.hasFailed else { return }
        recorder.pointee.begin(bytes, at: milliseconds)
        let result = nghttp2_session_mem_recv(
            session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        recorder.pointee.end()
        if result < 0 { failed(result) }
        endIfFailed()
    }

    /// What happened since the last call. Give it back with ``recycle(_:)`` when it is handled.
    public func takeEvents() -> HTTP2Events {
        recorder.pointee.take(replacingWith: scratch.emptyEvents())
    }

    /// Handled events; their memory serves the next ones.
    public func recycle(_ events: consuming HTTP2Events) {
        scratch.recycle(events)
    }

    /// Hands out the next bytes to write, in pieces valid during the call, until at least `maximum`
    /// bytes were handed out or none is left. Returns the number of bytes.
    public func send(upTo maximum: Int, _ write: (UnsafeRawBufferPointer) -> Void) -> Int {
        var total = 0
        while total < maximum {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &bytes)
            guard count >= 0 else {
                failed(count)
                break
            }
            guard count > 0 else { break }
            write(UnsafeRawBufferPointer(start: bytes, count: count))
            total += count
        }
        endIfFailed()
        return total
    }

    /// Whether the connection is over: nothing is to be read or written any more.
    public var isFinished: Bool {
        nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
    }

    public var hasOutput: Bool {
        nghttp2_session_want_write(session) != 0
    }

    /// Frames that wait to be sent; what a peer that never reads makes grow, up to the library's
    /// bound.
    public var queuedFrames: Int {
        nghttp2_session_get_outbound_queue_size(session)
    }

    // MARK: Streams

    /// Opens a stream (client). `nil` when its number would be too large; a stream that the server
    /// takes no more is told by a `closed` event.
    public func request(_ headers: HTTP2Headers) -> Int32? {
        let body = scratch.body()
        var provider = body.provider
        let stream = headers.withUnsafeFields { fields, count in
            nghttp2_submit_request(session, nil, fields, count, &provider, nil)
        }
        guard stream > 0 else { return nil }
        bodies[stream] = body
        return stream
    }

    /// Begins a response whose body follows with ``write(_:stream:)`` and
    /// ``finish(stream:trailers:)``. `false` when the stream is gone.
    @discardableResult
    public func respond(_ headers: HTTP2Headers, stream: Int32) -> Bool {
        guard isOpen(stream), !bodies.contains(stream) else { return false }
        return submit(headers, scratch.body(), stream)
    }

    private func submit(_ headers: HTTP2Headers, _ body: OutboundBody, _ stream: Int32) -> Bool {
        var provider = body.provider
        let result = headers.withUnsafeFields { fields, count in
            nghttp2_submit_response(session, stream, fields, count, &provider)
        }
        guard result == 0 else { return false }
        bodies.add(body, for: stream)
        return true
    }

    /// Answers with a body that is known whole: two pieces, since a message has a prefix.
    public func respond(
        _ headers: HTTP2Headers, prefix: UnsafeRawBufferPointer, _ bytes: [UInt8],
        trailers: HTTP2Headers, stream: Int32
    ) {
        guard isOpen(stream), !bodies.contains(stream) else { return }
        let body = scratch.body()
        body.append(prefix)
        bytes.withUnsafeBytes { body.append($0) }
        body.finish(trailers: trailers)
        let count = body.count
        if submit(headers, body, stream) { waitingBytes += count }
    }

    /// Answers with headers alone. A client that is still sending its request is told to stop.
    public func respondWithoutBody(_ headers: HTTP2Headers, stream: Int32) {
        guard isOpen(stream), !bodies.contains(stream) else { return }
        _ = headers.withUnsafeFields { fields, count in
            nghttp2_submit_response(session, stream, fields, count, nil)
        }
    }

    /// Adds to the body of a stream.
    public func write(_ bytes: UnsafeRawBufferPointer, stream: Int32) {
        guard let body = bodies[stream] else { return }
        let before = body.count
        body.append(bytes)
        waitingBytes += body.count - before
        resume(stream, body)
    }

    /// Adds to the body of a stream. Bytes that nothing else waits before are taken over as they
    /// are.
    public func write(_ bytes: consuming ByteQueue, stream: Int32) {
        guard let body = bodies[stream] else { return }
        let before = body.count
        body.append(bytes)
        waitingBytes += body.count - before
        resume(stream, body)
    }

    /// Ends the body of a stream after what was written.
    public func finish(stream: Int32, trailers: HTTP2Headers? = nil) {
        guard let body = bodies[stream] else { return }
        body.finish(trailers: trailers)
        resume(stream, body)
    }

    /// Bytes of a stream that wait for the peer's flow control or for the connection.
    public func pendingBytes(stream: Int32) -> Int {
        bodies[stream]?.count ?? 0
    }

    /// Cuts a stream off.
    public func reset(stream: Int32, code: HTTP2ErrorCode) {
        nghttp2_submit_rst_stream(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code.rawValue)
    }

    /// Tells the peer that it may send this many more bytes, of the stream and of the connection.
    public func consume(_ bytes: Int, stream: Int32) {
        nghttp2_session_consume(session, stream, bytes)
    }

    /// The connection's half of ``consume(_:stream:)``: a stream whose reader is slow must not hold
    /// the others.
    public func consumeConnection(_ bytes: Int) {
        nghttp2_session_consume_connection(session, bytes)
    }

    /// The stream's half of ``consume(_:stream:)``.
    public func consumeStream(_ bytes: Int, stream: Int32) {
        nghttp2_session_consume_stream(session, stream, bytes)
    }

    // MARK: Connection

    public func ping(_ opaque: UInt64) {
        withUnsafeBytes(of: opaque.bigEndian) { bytes in
            _ = nghttp2_submit_ping(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue),
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// Says that the connection will end, while streams that are on their way are still taken
    /// (server). ``goAway()`` follows a round trip later.
    public func announceShutdown() {
        nghttp2_submit_shutdown_notice(session)
    }

    /// Takes no more streams; those open go on.
    public func goAway() {
        nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue),
            nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR.rawValue, nil, 0)
    }

    /// Ends the connection with a code as soon as that is written.
    public func terminate(_ code: HTTP2ErrorCode) {
        hasEnded = true
        nghttp2_session_terminate_session(session, code.rawValue)
    }

    private func isOpen(_ stream: Int32) -> Bool {
        nghttp2_session_get_stream_local_close(session, stream) == 0
    }

    private func resume(_ stream: Int32, _ body: OutboundBody) {
        guard body.isDeferred else { return }
        body.resumed()
        nghttp2_session_resume_data(session, stream)
    }

    // MARK: What nghttp2 calls back with

    func sent(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = frame.pointee.hd
        switch UInt32(header.type) {
        case NGHTTP2_DATA.rawValue, NGHTTP2_HEADERS.rawValue: recorder.pointee.sentData()
        case NGHTTP2_RST_STREAM.rawValue:
            recorder.pointee.sentReset(
                stream: header.stream_id, code: frame.pointee.rst_stream.error_code)
            return
        case NGHTTP2_GOAWAY.rawValue: sentGoAway(frame.pointee.goaway.error_code)
        default: return
        }
        // A whole response was sent: a client that still sends may stop. Only now, because a reset
        // would drop a response that still waits.
        if role == .server, header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0,
            nghttp2_session_get_stream_remote_close(session, header.stream_id) == 0
        {
            reset(stream: header.stream_id, code: .noError)
        }
    }

    /// Bytes of a body were put into a frame.
    func sentBody(_ count: Int) {
        waitingBytes -= count
    }

    /// The stream is gone, or never came to be.
    func streamClosed(_ stream: Int32, _ code: UInt32) {
        if let body = bodies.remove(stream) {
            waitingBytes -= body.count
            scratch.recycle(body)
        }
        recorder.pointee.closed(stream: stream, code: code)
    }

    // MARK: Failures

    /// The library gave up.
    private func failed(_ error: Int) {
        let (code, kind): (HTTP2ErrorCode, HTTP2Events.Failure.Kind) =
            switch Int32(truncatingIfNeeded: error) {
            case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: (.protocolError, .protocolViolation)
            case NGHTTP2_ERR_FLOODED.rawValue: (.enhanceYourCalm, .controlFlood)
            case NGHTTP2_ERR_TOO_MANY_SETTINGS.rawValue: (.enhanceYourCalm, .controlFlood)
            case MUSTER_NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
                (.enhanceYourCalm, .continuationFlood)
            default: (.internalError, .own)
            }
        recorder.pointee.fail(code, kind, Self.text(of: error))
    }

    /// Where the library finds a rule broken it ends the connection by itself.
    private func sentGoAway(_ code: UInt32) {
        guard code != NGHTTP2_NO_ERROR.rawValue, !hasEnded else { return }
        hasEnded = true
        let code = HTTP2ErrorCode(rawValue: code) ?? .protocolError
        let kind: HTTP2Events.Failure.Kind =
            switch code {
            case .compressionError: .compression
            case .enhanceYourCalm: .controlFlood
            default: .protocolViolation
            }
        recorder.pointee.fail(code, kind, "the peer broke a rule of HTTP/2: \(code)")
    }

    /// Tells the peer why, once. The library has told it already where it found the rule broken.
    private func endIfFailed() {
        guard let failure = recorder.pointee.failure, !hasEnded else { return }
        hasEnded = true
        guard failure.kind == .tooManyPings else {
            nghttp2_session_terminate_session(session, failure.code.rawValue)
            return
        }
        let text = Array(failure.reason.utf8)
        nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue),
            nghttp2_session_get_last_proc_stream_id(session), failure.code.rawValue, text,
            text.count)
        nghttp2_session_terminate_session(session, failure.code.rawValue)
    }

    static func text(of error: Int) -> String {
        String(cString: nghttp2_strerror(Int32(truncatingIfNeeded: error)))
    }
}
