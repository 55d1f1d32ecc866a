import HTTP2

/// The bounds of a server. At each there is an answer, never growth.
public struct RPCServerConfiguration: Sendable {
    /// Open connections; one more is closed as soon as it is accepted.
    public var connectionMaximum = 20_000
    /// Calls at a time on one connection (`SETTINGS_MAX_CONCURRENT_STREAMS`).
    public var concurrentStreamMaximum = 128
    /// Bytes of a message of a request; a larger one is answered `RESOURCE_EXHAUSTED`.
    public var requestMaximum = 4 << 20
    /// Bytes of incomplete messages held for one connection, over all its calls.
    public var connectionRequestMaximum = 16 << 20
    /// Bytes of a request's headers; above it the connection is closed with `ENHANCE_YOUR_CALM`.
    public var headerListMaximum = 16 << 10
    /// Bytes of answers that a stream holds for a client that reads slowly.
    public var streamBufferMaximum = 8 << 20
    /// Bytes of answers that all calls of a connection hold together for a client that reads
    /// slowly. Beyond them calls are answered `RESOURCE_EXHAUSTED`, and streams overflow.
    public var connectionBufferMaximum = 24 << 20
    /// Bytes of a client's messages that wait for their handler before flow control holds the
    /// client.
    public var requestBufferMaximum = 1 << 20
    /// Time from accepting a connection to its HTTP/2 preface and SETTINGS, TLS included.
    public var handshakeTimeout = Duration.seconds(10)
    /// A connection that was silent for so long is pinged, and closed when it stays silent for as
    /// long again.
    public var silenceMaximum = Duration.seconds(30)
    /// A client that pings at shorter intervals while it gets no data is told `too_many_pings` and
    /// closed, after a few.
    public var pingIntervalMinimum = Duration.seconds(10)

    public init() {}

    var http2: HTTP2Settings {
        var settings = HTTP2Settings()
        settings.concurrentStreamMaximum = concurrentStreamMaximum
        settings.headerListMaximum = headerListMaximum
        let (seconds, attoseconds) = pingIntervalMinimum.components
        settings.pingIntervalMinimum = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        return settings
    }
}
