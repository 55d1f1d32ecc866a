import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why a batch was not taken.
enum PostFailure: Error, Hashable, Sendable {
    /// What the receiver answered; a redirection is not followed.
    case status(Int)
    case unreachable(String)
    /// No answer came in time.
    case timeout

    var sentence: String {
        switch self {
        case .status(let code) where (300..<400).contains(code):
            "it answered with status \(code), and redirections are not followed"
        case .status(let code): "it answered with status \(code)"
        case .unreachable(let reason): "it can't be reached: \(reason)"
        case .timeout: "it did not answer in time"
        }
    }
}

/// Posts JSON over a connection of its own each time, and looks at the answer's status alone.
struct WebhookPost: Sendable {
    private let target: WebhookTarget
    private let limit: Duration
    private let tls: NIOSSLContext?

    private typealias Exchange = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// - Parameters:
    ///   - limit: Time for the whole exchange.
    ///   - roots: Who signs receivers' certificates.
    init(_ target: WebhookTarget, limit: Duration, roots: NIOSSLTrustRoots) throws {
        self.target = target
        self.limit = limit
        guard target.isTLS else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = roots
        tls = try NIOSSLContext(configuration: configuration)
    }

    func send(_ body: ByteBuffer, _ fields: [(String, String)]) async throws(PostFailure) {
        let status: Int?
        do {
            status = try await exchange(body, fields)
        } catch {
            throw .unreachable(Self.reason(error))
        }
        guard let status else { throw .timeout }
        guard (200..<300).contains(status) else { throw .status(status) }
    }

    /// Of several addresses that were tried, what went wrong with the first.
    private static func reason(_ error: any Error) -> String {
        guard let errors = error as? NIOConnectionError else { return "\(error)" }
        let first = errors.connectionErrors.first?.error ?? errors.dnsAError ?? error
        return "\(first)"
    }

    /// The status, or `nil` when the connection ended without one.
    private func exchange(_ body: ByteBuffer, _ fields: [(String, String)]) async throws -> Int? {
        let nanoseconds = Int64(limit.interval * 1e9)
        let connection: Exchange = try await ClientBootstrap(
            group: .singletonMultiThreadedEventLoopGroup
        )
        .connectTimeout(.nanoseconds(nanoseconds))
        .connect(host: target.host, port: target.port) { [target, tls] channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let tls {
                    try pipeline.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: target.tlsName))
                }
                try pipeline.addHTTPClientHandlers()
                return try Exchange(wrappingChannelSynchronously: channel)
            }
        }
        let channel = connection.channel
        let timeout = channel.eventLoop.scheduleTask(in: .nanoseconds(nanoseconds)) {
            channel.close(promise: nil)
        }
        defer { timeout.cancel() }
        return try await connection.executeThenClose { inbound, outbound in
            try await outbound.write(contentsOf: parts(body, fields))
            for try await part in inbound {
                // `Continue` and its like are not the answer.
                if case .head(let head) = part, head.status.code >= 200 {
                    return Int(head.status.code)
                }
            }
            return nil
        }
    }

    private func parts(
        _ body: ByteBuffer, _ fields: [(String, String)]
    ) -> [HTTPClientRequestPart] {
        var headers = HTTPHeaders(fields)
        headers.add(name: "Host", value: target.authority)
        headers.add(name: "Content-Type", value: "application/json")
        headers.add(name: "Content-Length", value: String(body.readableBytes))
        headers.add(name: "Connection", value: "close")
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: target.path, headers: headers)
        return [.head(head), .body(.byteBuffer(body)), .end(nil)]
    }
}

extension WebhookTarget {
    /// The name that the receiver's certificate must have; an address has none, and is compared
    /// itself.
    fileprivate var tlsName: String? {
        (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
    }
}
