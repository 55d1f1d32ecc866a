/// How one call is made.
public struct RPCCallOptions: Sendable {
    /// How long the answer may take; afterwards the call ends with `DEADLINE_EXCEEDED`. The server
    /// is told. `nil` is for ever.
    public var timeout: Duration?
    /// What goes ahead of the messages.
    public var metadata: RPCMetadata
    /// How the messages sent are compressed. Not every server reads `gzip`.
    public var compression: RPCCompression

    public init(
        timeout: Duration? = nil, metadata: RPCMetadata = .init(),
        compression: RPCCompression = .identity
    ) {
        self.timeout = timeout
        self.metadata = metadata
        self.compression = compression
    }
}
