/// Which side of a connection a session is.
public enum HTTP2Role: Hashable, Sendable {
    case server, client
}

/// The bounds of a session.
public struct HTTP2Settings: Hashable, Sendable {
    /// Streams that the peer may have open at a time.
    public var concurrentStreamMaximum = 128
    /// Bytes of a header list, counted as RFC 9113 does: names, values and 32 a field.
    public var headerListMaximum = 16 << 10
    /// Bytes of a stream that the peer may send before they are consumed.
    public var streamWindow = 256 << 10
    /// The same for all streams together.
    public var connectionWindow = 1 << 20
    /// Frames that do no work (empty DATA, PING, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE,
    /// unknown) which the peer may send in a burst, and each second after it.
    public var idleFrameBurst = 1_000
    public var idleFramesPerSecond = 100
    /// Streams that the peer may reset, or give cause to reset, in a burst, and each second after
    /// it.
    public var resetBurst = 500
    public var resetsPerSecond = 200
    /// Milliseconds that the peer must let pass between two pings while it gets no data; 0 for any.
    public var pingIntervalMinimum: Int64 = 0

    public init() {}
}

/// RFC 9113, section 7.
public enum HTTP2ErrorCode: UInt32, Hashable, Sendable {
    case noError = 0x0
    case protocolError = 0x1
    case internalError = 0x2
    case flowControlError = 0x3
    case settingsTimeout = 0x4
    case streamClosed = 0x5
    case frameSizeError = 0x6
    case refusedStream = 0x7
    case cancel = 0x8
    case compressionError = 0x9
    case connectError = 0xA
    case enhanceYourCalm = 0xB
    case inadequateSecurity = 0xC
    case http11Required = 0xD
}
