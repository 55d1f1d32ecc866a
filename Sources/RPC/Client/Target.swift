public import NIOSSL

/// Where a server listens.
public enum RPCTarget: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address of either family.
    case tcp(host: String, port: Int)
    /// A Unix socket.
    case unix(path: String)

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// What requests name as their server.
    var authority: String {
        switch self {
        case .tcp: description
        case .unix: "localhost"
        }
    }
}

/// How a client proves itself and what it demands of the server.
public struct RPCClientTLS: Sendable {
    let context: NIOSSLContext
    let serverName: String?

    /// - Parameters:
    ///   - context: TLS settings; they have to offer ALPN `h2`.
    ///   - serverName: the name that the server's certificate must have, sent as SNI too.
    public init(context: NIOSSLContext, serverName: String?) {
        self.context = context
        self.serverName = serverName
    }
}
