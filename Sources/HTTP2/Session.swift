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
    private var session: OpaquePointer?
    /// Which end of the connection this is.
    public let role: HTTP2Role
    var recorder: Recorder
    var bodies: [Int32: OutboundBody] = [:]

    /// `nil` only when memory is short.
    public init?(role: HTTP2Role, settings: HTTP2Settings = HTTP2Settings()) {
        self.role = role
        recorder = Recorder(settings: settings)
        guard let options = Self.makeOptions() else { return nil }
        defer { nghttp2_option_del(options) }
        guard let callbacks = Self.makeCallbacks() else { return nil }
        defer { nghttp2_session_callbacks_del(callbacks) }
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        let result =
            switch role {
            case .server: nghttp2_session_server_new2(&session, callbacks, pointer, options)
            case .client: nghttp2_session_client_new2(&session, callbacks, pointer, options)
            }
        guard result == 0, submitSettings(settings) else { return nil }
    }

    deinit {
        // No callback may find an object that is going.
        nghttp2_session_set_user_data(session, nil)
        nghttp2_session_del(session)
    }

    // MARK: Bytes

    /// Takes what arrived. `milliseconds` is the time on any clock that does not go back.
    public func receive(_ bytes: UnsafeRawBufferPointer, at milliseconds: Int64) {
        guard !recorder.hasFailed else { return }
        recorder.begin(bytes, at: milliseconds)
        let result = nghttp2_session_mem_recv(
            session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        recorder.end()
        if result < 0 { recorder.fail(Self.code(of: result), Self.text(of: result)) }
        if let failure = recorder.failure {
            nghttp2_session_terminate_session(session, failure.code.rawValue)
        }
    }

    /// What happened since the last call.
    public func takeEvents() -> HTTP2Events {
        recorder.take()
    }

    /// Hands out the next bytes to write, in pieces valid during the call, until at least `maximum`
    /// bytes were handed out or none is left. Returns the number of bytes.
    public func send(upTo maximum: Int, _ write: (UnsafeRawBufferPointer) -> Void) -> Int {
        var total = 0
        while total < maximum {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &bytes)
            guard count >= 0 else {
                recorder.fail(Self.code(of: count), Self.text(of: count))
                break
            }
            guard count > 0 else { break }
            write(UnsafeRawBufferPointer(start: bytes, count: count))
            total += count
        }
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
        let body = OutboundBody()
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
        guard isOpen(stream), bodies[stream] == nil else { return false }
        let body = OutboundBody()
        var provider = body.provider
        let result = headers.withUnsafeFields { fields, count in
            nghttp2_submit_response(session, stream, fields, count, &provider)
        }
        guard result == 0 else { return false }
        bodies[stream] = body
        return true
    }

    /// Answers with headers alone. A client that is still sending its request is told to stop.
    public func respondWithoutBody(_ headers: HTTP2Headers, stream: Int32) {
        guard isOpen(stream), bodies[stream] == nil else { return }
        _ = headers.withUnsafeFields { fields, count in
            nghttp2_submit_response(session, stream, fields, count, nil)
        }
    }

    /// Adds to the body of a stream: two pieces at a time, since a message has a prefix.
    public func write(prefix: [UInt8] = [], _ bytes: [UInt8], stream: Int32) {
        guard let body = bodies[stream] else { return }
        body.append(prefix, bytes)
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
        nghttp2_session_terminate_session(session, code.rawValue)
    }

    /// A whole response was sent (server): a client that still sends may stop. Only now, because a
    /// reset would drop a response that still waits.
    func stopRequest(_ stream: Int32) {
        if nghttp2_session_get_stream_remote_close(session, stream) == 0 {
            reset(stream: stream, code: .noError)
        }
    }

    private func isOpen(_ stream: Int32) -> Bool {
        nghttp2_session_get_stream_local_close(session, stream) == 0
    }

    private func resume(_ stream: Int32, _ body: OutboundBody) {
        guard body.isDeferred else { return }
        body.resumed()
        nghttp2_session_resume_data(session, stream)
    }
}

extension HTTP2Session {
    private func submitSettings(_ settings: HTTP2Settings) -> Bool {
        var entries = [
            Self.entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.concurrentStreamMaximum),
            Self.entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.headerListMaximum),
            Self.entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.streamWindow),
        ]
        if role == .client { entries.append(Self.entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0)) }
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        return nghttp2_submit_settings(session, none, entries, entries.count) == 0
            && nghttp2_session_set_local_window_size(
                session, none, 0, Int32(clamping: settings.connectionWindow)) == 0
    }

    private static func entry(
        _ id: nghttp2_settings_id, _ value: Int
    ) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(clamping: value))
    }

    private static func makeOptions() -> OpaquePointer? {
        var made: OpaquePointer?
        guard nghttp2_option_new(&made) == 0, let options = made else { return nil }
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        nghttp2_option_set_max_settings(options, 16)
        nghttp2_option_set_max_outbound_ack(options, 256)
        nghttp2_option_set_max_send_header_block_length(options, 16 << 10)
        for type in UInt8(NGHTTP2_CONTINUATION.rawValue + 1)...UInt8.max {
            nghttp2_option_set_user_recv_extension_type(options, type)
        }
        _ = muster_nghttp2_set_reset_rate(options, 1_000, 200)
        _ = muster_nghttp2_set_max_continuations(options, 4)
        return options
    }

    /// What the peer is told when the library gives up.
    private static func code(of error: Int) -> HTTP2ErrorCode {
        switch Int32(truncatingIfNeeded: error) {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: .protocolError
        case NGHTTP2_ERR_FLOODED.rawValue: .enhanceYourCalm
        default: .internalError
        }
    }

    static func text(of error: Int) -> String {
        String(cString: nghttp2_strerror(Int32(truncatingIfNeeded: error)))
    }
}
