/// The bounds of a client's connection.
public struct RPCClientConfiguration: Sendable {
    /// Time for the TCP connection, TLS and the server's HTTP/2 SETTINGS together.
    public var connectTimeout = Duration.seconds(5)
    /// Bytes of a reply or of a message of a stream; a larger one ends the call with
    /// `RESOURCE_EXHAUSTED`.
    public var responseMaximum = 16 << 20
    /// Bytes of a stream's messages that wait for their reader before flow control holds the
    /// server, and of those that wait to be sent.
    public var streamBufferMaximum = 1 << 20
    /// Calls at a time on the connection; one more fails with `RESOURCE_EXHAUSTED`.
    public var concurrentCallMaximum = 128
    /// Bytes of a response's headers.
    public var headerListMaximum = 16 << 10
    /// A connection that was silent for so long is pinged. `nil`: never. A server may close clients
    /// that ping too often; gRPC's default for that is 5 minutes, ours 10 seconds.
    public var keepaliveInterval: Duration?
    /// How long the answer to that ping may take before the connection is closed.
    public var keepaliveTimeout = Duration.seconds(20)
    /// Whether a connection without calls is pinged too.
    public var keepaliveWithoutCalls = false

    public init() {}
}
