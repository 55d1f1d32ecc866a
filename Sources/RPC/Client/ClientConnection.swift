public import Logging
public import NIOCore

/// One connection to a gRPC server. It does not reconnect: when it is closed, make another.
public final class RPCClientConnection: Sendable {
    private let logger: Logger

    private init(logger: Logger) {
        self.logger = logger
    }

    /// Connects and waits for the server's HTTP/2 settings. Throws `UNAVAILABLE` when there is no
    /// server, it does not speak HTTP/2, or it does not answer in time.
    public static func connect(
        host: String, port: Int, group: any EventLoopGroup,
        configuration: RPCClientConfiguration = .init(), logger: Logger
    ) async throws(RPCError) -> RPCClientConnection {
        throw RPCError(.unimplemented, "not built yet")
    }

    /// Calls a unary method. Throws what the server answered, `DEADLINE_EXCEEDED` after `timeout`,
    /// `UNAVAILABLE` when the connection is closed, `CANCELLED` when the task is.
    ///
    /// - Parameter method: `/package.Service/Method`
    public func unary(
        _ method: String, _ request: [UInt8], timeout: Duration
    ) async throws(RPCError) -> [UInt8] {
        throw RPCError(.unimplemented, "not built yet")
    }

    /// Calls a method that answers with a stream. Errors come out of the stream.
    public func serverStream(
        _ method: String, _ request: [UInt8], timeout: Duration? = nil
    ) -> RPCResponseStream {
        RPCResponseStream()
    }

    /// Whether the connection takes no more calls: closed, or the server is going away.
    public var isClosed: Bool { true }

    /// Calls back once, on the event loop, when the connection is closed; at once when it already
    /// is.
    public func onClose(_ callback: @escaping @Sendable (RPCError) -> Void) {}

    /// Closes the connection; calls in flight end with `UNAVAILABLE`.
    public func close() async {}
}
