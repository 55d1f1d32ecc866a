public import Logging
public import NIOCore

/// A gRPC server on one or more listeners.
public final class RPCServer: Sendable {
    private let logger: Logger

    /// - Parameters:
    ///   - methods: what the server answers; any other path gets `UNIMPLEMENTED`.
    ///   - onConnectionClosed: called once for each connection that made a call, on its event loop,
    ///     as soon as it is closed.
    public init(
        group: any EventLoopGroup, methods: [RPCMethod],
        configuration: RPCServerConfiguration = .init(), logger: Logger,
        onConnectionClosed: @escaping @Sendable (ConnectionID) -> Void = { _ in }
    ) {
        self.logger = logger
    }

    /// Listens and answers from then on. Port 0 takes a free one; the address that came of it is
    /// returned. Throws `UNAVAILABLE` with a sentence for a person when the address can't be had.
    public func start(host: String, port: Int) async throws(RPCError) -> SocketAddress {
        throw RPCError(.unimplemented, "not built yet")
    }

    /// Stops listening, ends open streams with `UNAVAILABLE`, lets unary calls in flight finish for
    /// at most `limit`, then closes what is left. Returns when every connection is closed.
    public func shutdown(limit: Duration = .seconds(5)) async {}
}
