/// The sending end of a server stream, for use from any thread.
///
/// What is sent is buffered up to `RPCServerConfiguration.streamBufferMaximum` bytes; the client's
/// flow control empties the buffer. A message that does not fit is not taken.
public final class RPCStreamWriter: Sendable {
    /// What became of a message.
    public enum Sent: Hashable, Sendable {
        /// In the buffer; it will be sent in order.
        case accepted
        /// The client reads too slowly: the message was not taken. Finish the stream, so that the
        /// client opens a new one and starts from a complete state.
        case overflow
        /// The stream has ended; nobody will read it.
        case ended
    }

    /// Adds a message.
    @discardableResult
    public func send(_ message: [UInt8]) -> Sent {
        .ended
    }

    /// Ends the stream after what is buffered. Only the first call counts.
    public func finish(_ status: RPCStatus = .ok) {}

    /// Calls back once, on the connection's event loop, when the stream has ended for any reason:
    /// finished, cancelled by the client, past its deadline, connection closed. At once when it has
    /// already ended.
    public func onTermination(_ callback: @escaping @Sendable () -> Void) {}
}
