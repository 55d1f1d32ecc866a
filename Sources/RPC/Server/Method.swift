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
    public typealias ServerStreamHandler =
        @Sendable (_ request: [UInt8], _ context: RPCContext, _ writer: RPCStreamWriter) -> Void
    /// Takes requests as they come and a writer for answers. It runs as a task on the connection's
    /// event loop, which is cancelled when the call ends; its return ends the call with `OK`.
    public typealias StreamHandler =
        @Sendable (
            _ requests: RPCRequestStream, _ context: RPCContext, _ writer: RPCStreamWriter
        ) async throws(RPCError) -> Void

    enum Handler: Sendable {
        case inline(InlineHandler)
        case deferred(DeferredHandler)
        case serverStream(ServerStreamHandler)
        case stream(StreamHandler)
    }

    /// Behind a reference, so that a call takes up its method for the price of one.
    final class Storage: Sendable {
        let path: String
        let handler: Handler

        init(path: String, handler: Handler) {
            self.path = path
            self.handler = handler
        }
    }

    let storage: Storage

    private init(path: String, handler: Handler) {
        storage = Storage(path: path, handler: handler)
    }

    /// `/package.Service/Method`.
    public var path: String { storage.path }
    var handler: Handler { storage.handler }

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
        _ path: String, handler: @escaping ServerStreamHandler
    ) -> RPCMethod {
        RPCMethod(path: path, handler: .serverStream(handler))
    }

    /// A method whose client streams too.
    public static func stream(_ path: String, _ handler: @escaping StreamHandler) -> RPCMethod {
        RPCMethod(path: path, handler: .stream(handler))
    }

    /// A method that answers a stream of messages with one.
    public static func clientStream(
        _ path: String,
        _ handler:
            @escaping @Sendable (
                _ requests: RPCRequestStream, _ context: RPCContext
            ) async throws(RPCError) -> RPCResponse
    ) -> RPCMethod {
        stream(path) { requests, context, writer throws(RPCError) in
            let response = try await handler(requests, context)
            writer.sendInitialMetadata(response.initialMetadata, compression: response.compression)
            try await writer.write(response.message)
            writer.finish(metadata: response.trailingMetadata)
        }
    }
}

/// The answer of a unary call, with what travels beside it.
public struct RPCResponse: Hashable, Sendable {
    public var message: [UInt8]
    public var initialMetadata: RPCMetadata
    public var trailingMetadata: RPCMetadata
    /// How a server sends the message, if the client reads it.
    public var compression: RPCCompression

    public init(
        _ message: [UInt8], initialMetadata: RPCMetadata = .init(),
        trailingMetadata: RPCMetadata = .init(), compression: RPCCompression = .identity
    ) {
        self.message = message
        self.initialMetadata = initialMetadata
        self.trailingMetadata = trailingMetadata
        self.compression = compression
    }
}
