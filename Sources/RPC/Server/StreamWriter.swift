import NIOCore
import Synchronization

/// The sending end of a stream of answers, for use from any thread.
///
/// What is sent with ``send(_:compressed:)`` is buffered up to
/// `RPCServerConfiguration.streamBufferMaximum` bytes, and a message that does not fit is not
/// taken; ``write(_:compressed:)`` waits for room instead. The client's flow control empties the
/// buffer.
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

    private struct State {
        var initialMetadata: RPCMetadata?
        var compression = RPCCompression.identity
        /// The head is on its way: nothing can be added to it.
        var hasHead = false
        var hasEnded = false
        var callbacks: [@Sendable () -> Void] = []
    }

    let messages: OutboundMessages
    /// Whether the client reads `gzip`.
    public let acceptsGzip: Bool
    private let state = Mutex(State())
    private let eventLoop: any EventLoop

    init(messages: OutboundMessages, acceptsGzip: Bool, eventLoop: any EventLoop) {
        self.messages = messages
        self.acceptsGzip = acceptsGzip
        self.eventLoop = eventLoop
    }

    /// What goes ahead of the messages; only before the first of them and while the handler has
    /// not returned, later it is ignored. With `gzip` messages are compressed from then on if the
    /// client reads it.
    public func sendInitialMetadata(
        _ metadata: RPCMetadata, compression: RPCCompression = .identity
    ) {
        let compression = acceptsGzip ? compression : .identity
        let isInTime = state.withLock { state in
            guard !state.hasHead else { return false }
            state.initialMetadata = metadata
            state.compression = compression
            return true
        }
        if isInTime { messages.compress(with: compression) }
    }

    /// Adds a message.
    @discardableResult
    public func send(_ message: [UInt8], compressed: Bool = true) -> Sent {
        message.withUnsafeBytes { messages.send($0, compressed: compressed) }
    }

    /// Adds a message that is only borrowed.
    @discardableResult
    public func send(_ message: RawSpan) -> Sent {
        message.withUnsafeBytes { messages.send($0) }
    }

    /// Adds a message as soon as there is room. Throws `CANCELLED` when the stream has ended.
    public func write(_ message: [UInt8], compressed: Bool = true) async throws(RPCError) {
        switch await messages.write(message, compressed: compressed) {
        case .accepted: return
        case .ended: throw RPCError(.cancelled, "the stream has ended")
        case .overflow: throw RPCError(.resourceExhausted, "too many writers wait on one stream")
        }
    }

    /// Ends the stream after what is buffered. Only the first call counts.
    public func finish(_ status: RPCStatus = .ok, metadata: RPCMetadata = .init()) {
        messages.finish(.init(status: status, metadata: metadata))
    }

    /// Calls back once, on the connection's event loop, when the stream has ended for any reason:
    /// finished, cancelled by the client, past its deadline, connection closed. At once when it has
    /// already ended.
    public func onTermination(_ callback: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state -> Bool in
            if !state.hasEnded { state.callbacks.append(callback) }
            return state.hasEnded
        }
        if hasEnded { eventLoop.execute(callback) }
    }

    /// Whether metadata wants to go ahead.
    var hasInitialMetadata: Bool {
        state.withLock { $0.initialMetadata?.isEmpty == false }
    }

    /// The connection sends the head of the response.
    func takeHead() -> (metadata: RPCMetadata, compression: RPCCompression) {
        state.withLock { state in
            state.hasHead = true
            return (state.initialMetadata ?? RPCMetadata(), state.compression)
        }
    }

    /// The stream is over. Called on the event loop.
    func terminate() {
        messages.terminate()
        let callbacks = state.withLock { state -> [@Sendable () -> Void] in
            guard !state.hasEnded else { return [] }
            state.hasEnded = true
            defer { state.callbacks = [] }
            return state.callbacks
        }
        for callback in callbacks { callback() }
    }
}
