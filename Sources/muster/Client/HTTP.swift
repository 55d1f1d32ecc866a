import Model
import NIOCore
import NIOHTTP1
import NIOPosix

/// One HTTP request over a connection of its own: all that a verb needs to ask a manager.
struct HTTPRequest: Sendable {
    var method: HTTPMethod
    var path: String
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// Whether the body is signed with the rest; one that comes in pieces can't be.
    var isBodySigned = true

    /// The largest answer that is taken.
    static let answerMaximum = 64 << 20

    /// - Parameter limit: Time for the whole exchange.
    /// - Throws: ``Failure`` when the server can't be reached or does not answer.
    func send(to address: Address, within limit: Duration) async throws(Failure) -> Answer {
        do {
            let answer = try await exchange(address, limit)
            guard let answer else {
                throw Failure(
                    .unavailable,
                    "No whole answer came from http://\(address) within \(limit.short). Is a "
                        + "Muster manager listening there?")
            }
            return answer
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .unavailable,
                "Nothing answers on http://\(address). Start a cluster with `muster up` or a "
                    + "manager with `muster manager`, or name its address with --api or "
                    + "AWS_ENDPOINT_URL.")
        }
    }

    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
    }

    private typealias Exchange = NIOAsyncChannel<NIOHTTPClientResponseFull, HTTPClientRequestPart>

    private func exchange(_ address: Address, _ limit: Duration) async throws -> Answer? {
        let connection: Exchange = try await ClientBootstrap(
            group: .singletonMultiThreadedEventLoopGroup
        )
        .connectTimeout(.milliseconds(limit.milliseconds))
        .connect(host: address.host, port: address.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHTTPClientHandlers()
                try pipeline.addHandler(
                    NIOHTTPClientResponseAggregator(maxContentLength: Self.answerMaximum))
                return try Exchange(wrappingChannelSynchronously: channel)
            }
        }
        let channel = connection.channel
        let timeout = channel.eventLoop.scheduleTask(in: .milliseconds(limit.milliseconds)) {
            channel.close(promise: nil)
        }
        defer { timeout.cancel() }
        return try await connection.executeThenClose { inbound, outbound in
            try await outbound.write(contentsOf: parts(for: address))
            for try await response in inbound {
                return Answer(
                    status: Int(response.head.status.code),
                    body: response.body.map { Array($0.readableBytesView) } ?? [])
            }
            return nil
        }
    }

    func parts(for address: Address) -> [HTTPClientRequestPart] {
        var fields = HTTPHeaders(headers)
        fields.add(name: "Host", value: address.description)
        fields.add(name: "Content-Length", value: String(body.count))
        fields.add(name: "Connection", value: "close")
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: fields)
        return [.head(head), .body(.byteBuffer(ByteBuffer(bytes: body))), .end(nil)]
    }
}
