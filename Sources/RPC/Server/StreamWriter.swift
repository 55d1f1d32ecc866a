import DequeModule
import NIOCore
import Synchronization

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

    /// What the connection takes from the buffer.
    enum Output {
        case message([UInt8])
        case finish(RPCStatus)
        /// Nothing for now; the connection will be woken.
        case nothing
    }

    private struct State {
        var messages: Deque<[UInt8]> = []
        var bytes = 0
        var status: RPCStatus?
        var hasEnded = false
        /// The connection knows that there is output.
        var isAwake = false
        var callbacks: [@Sendable () -> Void] = []

        /// Whether the connection must be told that there is output.
        mutating func wakeUp() -> Bool {
            defer { isAwake = true }
            return !isAwake
        }
    }

    private let state = Mutex(State())
    private let bufferMaximum: Int
    private let eventLoop: any EventLoop
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called, from any thread, when there is output after there was none.
    init(bufferMaximum: Int, eventLoop: any EventLoop, wake: @escaping @Sendable () -> Void) {
        self.bufferMaximum = bufferMaximum
        self.eventLoop = eventLoop
        self.wake = wake
    }

    /// Adds a message.
    @discardableResult
    public func send(_ message: [UInt8]) -> Sent {
        let size = message.count + MessageReader.prefixSize
        let (sent, wakes) = state.withLock { state -> (Sent, Bool) in
            guard !state.hasEnded, state.status == nil else { return (.ended, false) }
            guard state.bytes + size <= bufferMaximum else { return (.overflow, false) }
            state.messages.append(message)
            state.bytes += size
            return (.accepted, state.wakeUp())
        }
        if wakes { wake() }
        return sent
    }

    /// Ends the stream after what is buffered. Only the first call counts.
    public func finish(_ status: RPCStatus = .ok) {
        let wakes = state.withLock { state -> Bool in
            guard !state.hasEnded, state.status == nil else { return false }
            state.status = status
            return state.wakeUp()
        }
        if wakes { wake() }
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

    /// The connection takes what comes next.
    func next() -> Output {
        state.withLock { state in
            if let message = state.messages.popFirst() {
                state.bytes -= message.count + MessageReader.prefixSize
                return .message(message)
            }
            state.isAwake = false
            return state.status.map { .finish($0) } ?? .nothing
        }
    }

    /// The stream is over. Called on the event loop.
    func terminate() {
        let callbacks = state.withLock { state -> [@Sendable () -> Void] in
            guard !state.hasEnded else { return [] }
            state.hasEnded = true
            state.messages = []
            state.bytes = 0
            defer { state.callbacks = [] }
            return state.callbacks
        }
        for callback in callbacks { callback() }
    }
}
