import CNghttp2

/// Turns what nghttp2 calls back with into events, and watches the bounds that nghttp2 does not.
struct Recorder {
    private let settings: HTTP2Settings
    private var events = HTTP2Events()
    private var idleFrames: IdleFrameGuard
    /// RST_STREAM that the peer sent, or made this side send: opening a stream and resetting it at
    /// once is cheap for it alone.
    private var resets: IdleFrameGuard
    private var pings: PingGuard
    /// Where the bytes being received begin.
    private var input: UnsafeRawPointer?
    private var now: Int64 = 0
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
        resets = IdleFrameGuard(
            burst: settings.resetBurst, perSecond: settings.resetsPerSecond)
        pings = PingGuard(interval: settings.pingIntervalMinimum)
    }

    mutating func begin(
        _ bytes: UnsafeRawBufferPointer, at milliseconds: Int64
    ) {
        input = bytes.baseAddress
        now = milliseconds
        idleFrames.refill(at: milliseconds)
        resets.refill(at: milliseconds)
    }

    mutating func end() {
        input = nil
    }

    /// Hands out what was recorded; `empty` is recorded into from now on.
    mutating func take(replacingWith empty: consuming HTTP2Events) -> HTTP2Events {
        let taken = events
        events = empty
        // A header list may be incomplete: its fields stay for the next time.
        let open = taken.fields[headerStart...]
        headerStart = 0
        guard !open.isEmpty else { return taken }
        taken.headerBytes.withUnsafeBufferPointer { bytes in
            for field in open {
                events.appendField(
                    field.known, name: .init(rebasing: bytes[field.name]),
                    value: .init(rebasing: bytes[field.value]))
            }
        }
        return taken
    }

    mutating func fail(
        _ code: HTTP2ErrorCode, _ kind: HTTP2Events.Failure.Kind, _ reason: String
    ) {
        guard failure == nil else { return }
        failure = HTTP2Events.Failure(code: code, kind: kind, reason: reason)
        events.append(.failed)
    }

    // MARK: What nghttp2 calls back with

    /// Every frame costs; what comes of it may earn more. Padding does not, nor do frames of
    /// streams that are over: the library drops them without a word.
    mutating func beganFrame() {
        guard !idleFrames.take() else { return }
        fail(.enhanceYourCalm, .idleFrames, "too many frames that do no work")
    }

    mutating func sentData() {
        idleFrames.didWork()
        pings.didWork()
    }

    /// This side cut a stream off. With these codes the library did, because of what the peer sent:
    /// that is as cheap for the peer as a reset of its own, and as dear here.
    mutating func sentReset(stream: Int32, code: UInt32) {
        guard code != NGHTTP2_NO_ERROR.rawValue, code != NGHTTP2_CANCEL.rawValue else { return }
        events.append(.refused(stream: stream, code: code))
        guard !resets.take() else { return }
        fail(.enhanceYourCalm, .rapidReset, "streams have to be reset too fast")
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
                .enhanceYourCalm, .headerList,
                "a header list of more than \(settings.headerListMaximum) bytes")
        }
        let known = HTTP2HeaderName(name)
        if known != .unread { events.appendField(known, name: name, value: value) }
    }

    mutating func receivedFrame(_ frame: UnsafePointer<nghttp2_frame>) {
        guard !hasFailed else { return }
        let header = frame.pointee.hd
        let endsStream = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        let isAck = header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            idleFrames.didWork()
            let fields = headerStart..<events.fields.count
            headerStart = events.fields.count
            events.append(
                .headers(stream: header.stream_id, fields: fields, endsStream: endsStream))
        case NGHTTP2_DATA.rawValue where endsStream:
            idleFrames.didWork()
            events.append(.ended(stream: header.stream_id))
        case NGHTTP2_RST_STREAM.rawValue where !resets.take():
            fail(.enhanceYourCalm, .rapidReset, "streams are reset too fast")
        case NGHTTP2_SETTINGS.rawValue where !isAck && !isReady:
            isReady = true
            events.append(.ready)
        case NGHTTP2_PING.rawValue:
            receivedPing(frame.pointee.ping, isAck: isAck)
        case NGHTTP2_GOAWAY.rawValue:
            let goAway = frame.pointee.goaway
            let debug = UnsafeBufferPointer(
                start: goAway.opaque_data, count: goAway.opaque_data_len)
            let isCalm =
                goAway.error_code != NGHTTP2_ENHANCE_YOUR_CALM.rawValue
                || !debug.elementsEqual(PingGuard.complaint.utf8)
            events.append(
                .goAway(last: goAway.last_stream_id, code: goAway.error_code, isCalm: isCalm))
        default:
            break
        }
    }

    private mutating func receivedPing(_ ping: nghttp2_ping, isAck: Bool) {
        if isAck {
            let opaque = withUnsafeBytes(of: ping.opaque_data) {
                $0.loadUnaligned(as: UInt64.self)
            }
            events.append(.pong(UInt64(bigEndian: opaque)))
        } else if pings.take(at: now) {
            events.append(.ping)
        } else {
            fail(.enhanceYourCalm, .tooManyPings, PingGuard.complaint)
        }
    }

    mutating func data(stream: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int) {
        guard !hasFailed, let input, let bytes, count > 0 else { return }
        idleFrames.didWork()
        let start = UnsafeRawPointer(bytes) - input
        events.append(.data(stream: stream, bytes: start..<(start + count)))
    }

    mutating func closed(stream: Int32, code: UInt32) {
        events.append(.closed(stream: stream, code: code))
    }
}
