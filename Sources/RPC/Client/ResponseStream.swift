import Synchronization

/// The messages of a server's stream, for one reader.
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
            try await stream.call.messages.next()?.bytes
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(RPCError) -> [UInt8]? {
            try await stream.call.messages.next()?.bytes
        }
    }

    private let call: StreamCall
    /// A connection or a channel lives as long as a stream of it does.
    private let owner: any AnyObject & Sendable

    init(call: StreamCall, owner: any AnyObject & Sendable) {
        self.call = call
        self.owner = owner
    }

    deinit {
        call.messages.cancel()
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: self)
    }

    /// What the server sent ahead of its messages; waits for it. Empty when the call ended without.
    public func initialMetadata() async -> RPCMetadata {
        await call.initialMetadata()
    }

    /// What the server sent with its status; empty before the call has ended.
    public var trailingMetadata: RPCMetadata { call.trailingMetadata }

    /// Waits until the call has ended for any reason, whether what it brought was read or not.
    public func untilEnded() async {
        await call.messages.untilEnded()
    }

    /// Ends the call from this side; the reader gets `CANCELLED`.
    public func cancel() {
        call.messages.cancel()
    }
}

/// A call whose client streams too.
public final class RPCClientStream: Sendable {
    /// What the server answers.
    public let responses: RPCResponseStream
    private let outbound: OutboundMessages

    init(responses: RPCResponseStream, outbound: OutboundMessages) {
        self.responses = responses
        self.outbound = outbound
    }

    /// Sends a message as soon as there is room for it. Throws `CANCELLED` when the call has ended:
    /// its status comes out of ``responses``.
    ///
    /// - Parameter compressed: whether it is compressed if ``RPCCallOptions/compression`` says how.
    public func send(_ message: [UInt8], compressed: Bool = true) async throws(RPCError) {
        switch await outbound.write(message, compressed: compressed) {
        case .accepted: return
        case .ended: throw RPCError(.cancelled, "the call has ended")
        case .overflow: throw RPCError(.resourceExhausted, "too many writers wait on one stream")
        }
    }

    /// Says that nothing more will be sent.
    public func finish() {
        outbound.finish(.init(status: .ok, metadata: .init()))
    }

    /// Ends the call from this side.
    public func cancel() {
        responses.cancel()
    }
}

/// A call with a stream of answers, between its connection and its reader.
final class StreamCall: ClientCallReceiver {
    private struct State {
        var initial: RPCMetadata?
        var trailing = RPCMetadata()
        var waiters: [CheckedContinuation<RPCMetadata, Never>] = []
    }

    let messages: InboundMessages
    private let outbound: OutboundMessages?
    private let state = Mutex(State())

    init(bytesMaximum: Int, outbound: OutboundMessages?) {
        messages = InboundMessages(bytesMaximum: bytesMaximum)
        self.outbound = outbound
    }

    var isOver: Bool { messages.isOver }

    var trailingMetadata: RPCMetadata { state.withLock { $0.trailing } }

    func initialMetadata() async -> RPCMetadata {
        await withCheckedContinuation { waiter in
            let known = state.withLock { state in
                if state.initial == nil { state.waiters.append(waiter) }
                return state.initial
            }
            if let known { waiter.resume(returning: known) }
        }
    }

    func began(_ metadata: RPCMetadata) {
        let waiters = state.withLock { state in
            if state.initial == nil { state.initial = metadata }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: metadata) }
    }

    func receive(_ message: [UInt8]) -> Bool {
        messages.receive(message)
    }

    func end(_ status: RPCStatus, _ metadata: RPCMetadata) {
        state.withLock { $0.trailing = metadata }
        began(RPCMetadata())
        outbound?.terminate()
        messages.end(status.code == .ok ? nil : RPCError(status, metadata: metadata))
    }
}
