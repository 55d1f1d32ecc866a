import DequeModule
import Synchronization

/// The messages of a server stream, for one reader.
///
/// It ends when the server ended the call with `OK` and throws ``RPCError`` for any other end. What
/// has arrived is bounded: a reader that is slow holds the server by flow control. Cancelling the
/// reading task, calling ``cancel()`` or dropping the stream cancels the call.
public final class RPCResponseStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = RPCError

    public struct AsyncIterator: AsyncIteratorProtocol {
        let stream: RPCResponseStream

        public mutating func next() async throws(RPCError) -> [UInt8]? {
            try await stream.buffer.next()
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(RPCError) -> [UInt8]? {
            try await stream.buffer.next()
        }
    }

    private let buffer: ResponseBuffer
    /// A connection lives as long as a stream of it does.
    private let connection: RPCClientConnection

    init(buffer: ResponseBuffer, connection: RPCClientConnection) {
        self.buffer = buffer
        self.connection = connection
    }

    deinit {
        buffer.cancel()
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: self)
    }

    /// Ends the call from this side; the reader gets `CANCELLED`.
    public func cancel() {
        buffer.cancel()
    }
}

/// What has arrived of a server stream and was not read.
final class ResponseBuffer: ClientCallReceiver {
    private typealias Outcome = Result<[UInt8]?, RPCError>
    private typealias Waiter = CheckedContinuation<Outcome, Never>

    private struct State {
        var messages: Deque<[UInt8]> = []
        var bytes = 0
        var waiter: Waiter?
        var status: RPCStatus?
        /// The connection was told that there is no room.
        var isHeld = false
        /// Set while the call is on a connection.
        var hooks: Hooks?
    }

    /// How the buffer reaches its connection, from any thread.
    struct Hooks: Sendable {
        /// There is room again.
        let release: @Sendable () -> Void
        let cancel: @Sendable () -> Void
    }

    private let state: Mutex<State>
    private let bytesMaximum: Int

    init(bytesMaximum: Int) {
        state = Mutex(State())
        self.bytesMaximum = bytesMaximum
    }

    var isOver: Bool { state.withLock { $0.status != nil } }

    func attach(_ hooks: Hooks) {
        state.withLock { state in
            if state.status == nil { state.hooks = hooks }
        }
    }

    func receive(_ message: [UInt8]) -> Bool {
        let (waiter, hasRoom) = state.withLock { state -> (Waiter?, Bool) in
            guard state.status == nil else { return (nil, true) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, true)
            }
            state.messages.append(message)
            state.bytes += message.count + MessageReader.prefixSize
            state.isHeld = state.bytes >= bytesMaximum
            return (nil, !state.isHeld)
        }
        waiter?.resume(returning: .success(message))
        return hasRoom
    }

    func end(_ status: RPCStatus) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.status == nil else { return nil }
            state.status = status
            state.hooks = nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: Self.outcome(status))
    }

    /// Ends the call from the reader's side; what was not read is gone.
    func cancel() {
        let hooks = state.withLock { state in
            defer {
                state.messages = []
                state.bytes = 0
            }
            return state.hooks
        }
        end(RPCStatus(.cancelled, "the call was cancelled"))
        hooks?.cancel()
    }

    func next() async throws(RPCError) -> [UInt8]? {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in take(waiter) }
        } onCancel: {
            cancel()
        }
        return try outcome.get()
    }

    private func take(_ waiter: Waiter) {
        let (outcome, release) = state.withLock { state -> (Outcome?, (@Sendable () -> Void)?) in
            if let message = state.messages.popFirst() {
                state.bytes -= message.count + MessageReader.prefixSize
                let hasRoom = state.isHeld && state.bytes <= bytesMaximum / 2
                if hasRoom { state.isHeld = false }
                return (.success(message), hasRoom ? state.hooks?.release : nil)
            }
            if let status = state.status { return (Self.outcome(status), nil) }
            guard state.waiter == nil else {
                return (.failure(RPCError(.internalError, "the stream has another reader")), nil)
            }
            state.waiter = waiter
            return (nil, nil)
        }
        release?()
        if let outcome { waiter.resume(returning: outcome) }
    }

    private static func outcome(_ status: RPCStatus) -> Outcome {
        status.code == .ok ? .success(nil) : .failure(RPCError(status))
    }
}
