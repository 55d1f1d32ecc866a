/// The messages that a client streams, for the one handler of the call.
///
/// It ends when the client has sent all and throws ``RPCError`` when the call was cancelled, its
/// deadline passed or the connection closed. What has arrived is bounded: a handler that is slow
/// holds the client by flow control.
public struct RPCRequestStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = RPCError

    public struct AsyncIterator: AsyncIteratorProtocol {
        let messages: InboundMessages
        /// Whether the message that ``next()`` gave last came compressed.
        public private(set) var wasCompressed = false

        public mutating func next() async throws(RPCError) -> [UInt8]? {
            take(try await messages.next())
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(RPCError) -> [UInt8]? {
            take(try await messages.next())
        }

        private mutating func take(_ message: InboundMessages.Message?) -> [UInt8]? {
            wasCompressed = message?.wasCompressed ?? false
            return message?.bytes
        }
    }

    let messages: InboundMessages

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(messages: messages)
    }
}
