import CNghttp2

/// Turns what nghttp2 calls back with into events, and watches the bounds that nghttp2 does not.
struct Recorder {
    private let settings: HTTP2Settings
    private var events = HTTP2Events()
    private var idleFrames: IdleFrameGuard
    /// Where the bytes being received begin.
    private var input: UnsafeRawPointer?
    private var headerStart = 0
    private var headerSize = 0
    private var isReady = false
    /// The first failure; it is told once.
    private(set) var failure: HTTP2Events.Failure?

    var hasFailed: Bool { failure != nil }

    init(settings: HTTP2Settings) {
        self.settings = settings
        idleFrames = IdleFrameGuard(
            burst: settings.idleFrameBurst, perSecond: settings.idleFramesPerSecond)
    }

    mutating func begin(_ bytes: UnsafeRawBufferPointer, at milliseconds: Int64) {
        input = bytes.baseAddress
        idleFrames.refill(at: milliseconds)
    }

    mutating func end() {
        input = nil
    }

    mutating func take() -> HTTP2Events {
        // A header list may be incomplete: its fields stay for the next time.
        guard headerStart == events.fields.count else { return takeKeepingOpenHeaders() }
        let taken = events
        events = HTTP2Events()
        headerStart = 0
        return taken
    }

    mutating func fail(_ code: HTTP2ErrorCode, _ reason: String) {
        guard failure == nil else { return }
        let failure = HTTP2Events.Failure(code: code, reason: reason)
        self.failure = failure
        events.append(.failed(failure))
    }

    /// The peer broke a rule of the connection; nghttp2 itself tells it which.
    mutating func brokeRule(_ reason: String) {
        fail(.protocolError, reason)
    }

    // MARK: What nghttp2 calls back with

    mutating func beganFrame(_ header: nghttp2_frame_hd) {
        let endsStream = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        let isWork =
            switch UInt32(header.type) {
            case NGHTTP2_DATA.rawValue: header.length > 0 || endsStream
            case NGHTTP2_HEADERS.rawValue, NGHTTP2_CONTINUATION.rawValue: true
            default: false
            }
        if isWork {
            idleFrames.didWork()
        } else if !idleFrames.take() {
            fail(.enhanceYourCalm, "too many frames that do no work")
        }
    }

    mutating func sentData() {
        idleFrames.didWork()
    }

    mutating func beganHeaders() {
        headerStart = events.fields.count
        headerSize = 0
    }

    mutating func header(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        guard !hasFailed else { return }
        headerSize += name.count + value.count + 32
        guard headerSize <= settings.headerListMaximum else {
            return fail(
                .enhanceYourCalm,
                "a header list of more than \(settings.headerListMaximum) bytes")
        }
        events.appendField(name: name, value: value)
    }

    mutating func receivedFrame(_ frame: UnsafePointer<nghttp2_frame>) {
        guard !hasFailed else { return }
        let header = frame.pointee.hd
        let endsStream = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        let isAck = header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            let fields = headerStart..<events.fields.count
            headerStart = events.fields.count
            events.append(
                .headers(stream: header.stream_id, fields: fields, endsStream: endsStream))
        case NGHTTP2_DATA.rawValue where endsStream:
            events.append(.ended(stream: header.stream_id))
        case NGHTTP2_SETTINGS.rawValue where !isAck && !isReady:
            isReady = true
            events.append(.ready)
        case NGHTTP2_PING.rawValue where isAck:
            let opaque = withUnsafeBytes(of: frame.pointee.ping.opaque_data) {
                $0.loadUnaligned(as: UInt64.self)
            }
            events.append(.pong(UInt64(bigEndian: opaque)))
        case NGHTTP2_GOAWAY.rawValue:
            let goAway = frame.pointee.goaway
            events.append(.goAway(last: goAway.last_stream_id, code: goAway.error_code))
        default:
            break
        }
    }

    mutating func data(stream: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int) {
        guard !hasFailed, let input, let bytes, count > 0 else { return }
        let start = UnsafeRawPointer(bytes) - input
        events.append(.data(stream: stream, bytes: start..<(start + count)))
    }

    mutating func closed(stream: Int32, code: UInt32) {
        events.append(.closed(stream: stream, code: code))
    }

    private mutating func takeKeepingOpenHeaders() -> HTTP2Events {
        let taken = events
        events = HTTP2Events()
        for field in taken.fields[headerStart...] {
            taken.headerBytes.withUnsafeBufferPointer { bytes in
                events.appendField(
                    name: .init(rebasing: bytes[field.name]),
                    value: .init(rebasing: bytes[field.value]))
            }
        }
        headerStart = 0
        return taken
    }
}
