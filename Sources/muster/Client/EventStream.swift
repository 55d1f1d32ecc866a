import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

extension ManagerClient {
    /// Reads the manager's events until it ends the stream.
    ///
    /// - Parameters:
    ///   - after: The place to go on from.
    ///   - take: Gets each message, those without data too: they move the place.
    /// - Throws: ``Failure``; a broken connection is one of ``Failure/Code/unavailable``.
    func events(
        _ query: [(String, String)], after: String?,
        _ take: (EventLines.Message) -> Void
    ) async throws(Failure) {
        var parts = URLComponents()
        parts.path = "/_muster/events"
        parts.queryItems = query.map { URLQueryItem(name: $0.0, value: $0.1) }
        // A plus stands for a space in a query.
        parts.percentEncodedQuery = parts.percentEncodedQuery?.replacing("+", with: "%2B")
        var request = HTTPRequest(method: .GET, path: parts.string ?? parts.path)
        request.headers = [("Accept", "text/event-stream")]
        if let after { request.headers.append(("Last-Event-ID", after)) }
        try await signed(request).stream(to: self, take)
    }
}

extension HTTPRequest {
    private typealias Exchange = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// As ``send(to:within:)``, for an answer that comes over a long time. A manager says something
    /// every 15 s; after a silence of a minute the connection is taken for broken.
    func stream(
        to client: ManagerClient, _ take: (EventLines.Message) -> Void
    ) async throws(Failure) {
        let address = client.address
        do {
            let connection = try await connect(address)
            try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(contentsOf: parts(for: address))
                try await read(inbound, client, take)
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .unavailable,
                "The connection to http://\(address) broke, or there is none. Is a manager running "
                    + "there? Start one with `muster up` or `muster manager`, or name its address "
                    + "with --api or AWS_ENDPOINT_URL.")
        }
    }

    private func connect(_ address: Address) async throws -> Exchange {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(10))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(IdleStateHandler(readTimeout: .seconds(60)))
                    try pipeline.addHandler(CloseWhenIdle())
                    return try Exchange(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func read(
        _ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>, _ client: ManagerClient,
        _ take: (EventLines.Message) -> Void
    ) async throws {
        var lines = EventLines()
        var status = 0
        var refusal: [UInt8] = []
        for try await part in parts {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes) where status == 200:
                for message in try lines.take(bytes.readableBytesView) { take(message) }
            case .body(let bytes):
                if refusal.count < 65_536 { refusal += bytes.readableBytesView }
            case .end:
                guard status != 200 else { return }
                throw client.failure(of: Answer(status: status, body: refusal))
            }
        }
        throw ChannelError.eof
    }
}

/// Closes a connection on which nothing came for long.
private final class CloseWhenIdle: ChannelInboundHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        context.close(promise: nil)
    }
}
