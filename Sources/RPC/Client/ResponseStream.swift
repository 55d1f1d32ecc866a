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
            try await next(isolation: nil)
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(RPCError) -> [UInt8]? {
            throw RPCError(.unimplemented, "not built yet")
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: self)
    }

    /// Ends the call from this side.
    public func cancel() {}
}
