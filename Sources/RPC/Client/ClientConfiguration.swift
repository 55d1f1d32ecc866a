/// The bounds of a client's connection.
public struct RPCClientConfiguration: Sendable {
    /// Time for the TCP connection and the server's HTTP/2 SETTINGS together.
    public var connectTimeout = Duration.seconds(5)
    /// Bytes of a reply or of a message of a stream; a larger one ends the call with
    /// `RESOURCE_EXHAUSTED`.
    public var responseMaximum = 16 << 20
    /// Bytes of a stream's messages that wait for their reader before flow control holds the
    /// server.
    public var streamBufferMaximum = 1 << 20
    /// Calls at a time on the connection; one more fails with `RESOURCE_EXHAUSTED`.
    public var concurrentCallMaximum = 128
    /// Bytes of a response's headers.
    public var headerListMaximum = 16 << 10

    public init() {}
}
