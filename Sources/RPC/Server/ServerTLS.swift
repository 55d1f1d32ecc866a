public import NIOSSL

/// How a server proves itself and whom it lets in.
public struct RPCServerTLS: Sendable {
    let context: @Sendable () -> NIOSSLContext
    let identify: @Sendable (NIOSSLCertificate?) throws -> String?

    /// - Parameters:
    ///   - context: TLS settings of a new connection; asked at each accept, so that a renewed
    ///     certificate is taken up. It has to offer ALPN `h2`.
    ///   - identify: makes a name of the client's certificate, which the context has verified;
    ///     called once a connection, on its event loop. It becomes ``RPCContext/identity``.
    ///     Throwing closes the connection.
    public init(
        context: @escaping @Sendable () -> NIOSSLContext,
        identify: @escaping @Sendable (NIOSSLCertificate?) throws -> String? = { _ in nil }
    ) {
        self.context = context
        self.identify = identify
    }
}
