import CNghttp2

/// The bytes of one stream that wait for the peer's flow control, and how the stream ends.
final class OutboundBody {
    private var bytes = ByteQueue()
    private var isFinished = false
    private var trailers: HTTP2Headers?
    /// nghttp2 found nothing to send and waits to be resumed.
    private(set) var isDeferred = false

    /// Bytes not yet put into frames.
    var count: Int { bytes.count }

    func append(_ more: UnsafeRawBufferPointer) {
        guard !isFinished else { return }
        bytes.append(more)
    }

    /// Takes over bytes, which costs nothing while nothing else waits.
    func append(_ more: consuming ByteQueue) {
        guard !isFinished else { return }
        if bytes.isEmpty { bytes = more } else { more.withUnsafeBytes { bytes.append($0) } }
    }

    func finish(trailers: HTTP2Headers?) {
        guard !isFinished else { return }
        isFinished = true
        self.trailers = trailers
    }

    func resumed() {
        isDeferred = false
    }

    /// Makes it as new, for another stream; small memory is kept.
    func reset() {
        bytes.removeAll(keeping: HTTP2Scratch.keptBodyBytes)
        isFinished = false
        trailers = nil
        isDeferred = false
    }

    /// nghttp2 asks for the next DATA frame.
    fileprivate func read(
        _ session: OpaquePointer?, _ stream: Int32, _ buffer: UnsafeMutableRawBufferPointer,
        _ flags: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let taken = min(buffer.count, count)
        if taken > 0 {
            bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[..<taken])) }
            bytes.removeFirst(taken)
        }
        guard bytes.isEmpty else { return taken }
        bytes.removeAll(keeping: HTTP2Scratch.keptBodyBytes)
        if isFinished {
            flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if let trailers {
                flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                _ = trailers.withUnsafeFields { fields, count in
                    nghttp2_submit_trailer(session, stream, fields, count)
                }
            }
            return taken
        }
        guard taken == 0 else { return taken }
        isDeferred = true
        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }

    /// The body as nghttp2 asks for it. The session keeps the body alive while its stream lives.
    var provider: nghttp2_data_provider {
        nghttp2_data_provider(
            source: nghttp2_data_source(ptr: Unmanaged.passUnretained(self).toOpaque()),
            read_callback: { session, stream, buffer, length, flags, source, owner in
                guard let pointer = source?.pointee.ptr, let flags else {
                    return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
                }
                let body = Unmanaged<OutboundBody>.fromOpaque(pointer)
                let space = UnsafeMutableRawBufferPointer(start: buffer, count: length)
                let taken = body._withUnsafeGuaranteedRef {
                    $0.read(session, stream, space, flags)
                }
                if taken > 0 { withOwner(owner) { $0.sentBody(taken) } }
                return taken
            })
    }
}

/// Memory that the sessions of one event loop share, since only one of them works at a time: so an
/// idle connection keeps none of its own. Not thread-safe.
public final class HTTP2Scratch {
    /// Bytes that a body may keep for the next stream.
    static let keptBodyBytes = 1 << 10
    /// Bodies kept; more are given back.
    private static let bodiesMaximum = 256
    /// Header bytes and events kept; a batch that was larger gives its memory back.
    private static let keptEventBytes = 64 << 10

    let blocks = BlockPool()
    private var bodies: [OutboundBody] = []
    private var events: HTTP2Events?

    public init() {}

    func body() -> OutboundBody { bodies.popLast() ?? OutboundBody() }

    func recycle(_ body: OutboundBody) {
        guard bodies.count < Self.bodiesMaximum else { return }
        body.reset()
        bodies.append(body)
    }

    func emptyEvents() -> HTTP2Events {
        defer { events = nil }
        return events ?? HTTP2Events()
    }

    func recycle(_ used: consuming HTTP2Events) {
        guard used.capacity <= Self.keptEventBytes else { return }
        used.removeAll()
        events = used
    }
}
