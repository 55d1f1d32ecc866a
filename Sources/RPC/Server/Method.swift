/// One connection to a server, unique for the server's life and never used again.
public struct ConnectionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) {
        self.number = number
    }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    public var description: String { "connection \(number)" }
}

/// What a handler may know of the call it answers.
public struct RPCContext: Sendable {
    /// The connection that the call came in on. Its end is told by the server's
    /// `onConnectionClosed`.
    public let connection: ConnectionID
    /// `/package.Service/Method`.
    public let method: String
    /// The peer's address, for logs.
    public let peer: String

    public init(connection: ConnectionID, method: String, peer: String) {
        self.connection = connection
        self.method = method
        self.peer = peer
    }
}

/// A method of a server: its path and what answers it.
///
/// Every handler is called on the event loop of the call's connection and must not block.
public struct RPCMethod: Sendable {
    /// Takes a request that is only borrowed and answers at once.
    public typealias InlineHandler =
        @Sendable (_ request: RawSpan, _ context: RPCContext) throws(RPCError) -> [UInt8]
    /// Takes a request and a reply to complete now or later, from any thread.
    public typealias DeferredHandler =
        @Sendable (_ request: [UInt8], _ context: RPCContext, _ reply: RPCReply) -> Void
    /// Takes a request and a writer for any number of messages, from any thread.
    public typealias StreamHandler =
        @Sendable (_ request: [UInt8], _ context: RPCContext, _ writer: RPCStreamWriter) -> Void

    enum Handler: Sendable {
        case inline(InlineHandler)
        case deferred(DeferredHandler)
        case stream(StreamHandler)
    }

    /// `/package.Service/Method`.
    public let path: String
    let handler: Handler

    /// A unary method answered on the event loop: for calls that cost microseconds.
    public static func unary(_ path: String, inline handler: @escaping InlineHandler) -> RPCMethod {
        RPCMethod(path: path, handler: .inline(handler))
    }

    /// A unary method that is answered when its reply is completed.
    public static func unary(
        _ path: String, deferred handler: @escaping DeferredHandler
    ) -> RPCMethod {
        RPCMethod(path: path, handler: .deferred(handler))
    }

    /// A method that answers one request with a stream of messages.
    public static func serverStream(
        _ path: String, handler: @escaping StreamHandler
    ) -> RPCMethod {
        RPCMethod(path: path, handler: .stream(handler))
    }
}
