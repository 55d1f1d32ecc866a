import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A receiver of posts on loopback that answers as it is told.
final class Receiver: Sendable {
    /// What comes of a post.
    enum Answer: Sendable {
        case status(HTTPResponseStatus)
        /// Nothing, for ever.
        case silence
        /// The connection is cut.
        case cut
    }

    struct Post: Sendable {
        var head: HTTPRequestHead
        var body: String
        /// The events in it.
        var events: [[String: String]] {
            let list = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [[String: Any]]
            return (list ?? []).map { event in
                [
                    "id": event["id"] as? String ?? "",
                    "resource": (event["resources"] as? [String])?.first ?? "",
                ]
            }
        }
    }

    private let state: Mutex<(script: [Answer], posts: [Post])>
    private let channel = Mutex<(any Channel)?>(nil)

    /// - Parameter script: The answers, one after the other; then all is taken.
    init(_ script: [Answer] = []) {
        state = Mutex((script, []))
    }

    var posts: [Post] { state.withLock { $0.posts } }

    /// - Returns: Its port.
    func start(port: Int = 0, tls: NIOSSLContext? = nil) async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(
                        NIOHTTPServerRequestAggregator(maxContentLength: 9 << 20))
                    try pipeline.addHandler(Answering(self))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.channel.withLock { $0 = channel }
        return channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await channel.withLock { $0 }?.close() }

    fileprivate func take(_ post: Post) -> Answer {
        state.withLock { state in
            state.posts.append(post)
            return state.script.isEmpty ? .status(.ok) : state.script.removeFirst()
        }
    }

    private final class Answering: ChannelInboundHandler, Sendable {
        typealias InboundIn = NIOHTTPServerRequestFull
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: Receiver

        init(_ receiver: Receiver) { self.receiver = receiver }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let request = unwrapInboundIn(data)
            let post = Post(
                head: request.head, body: request.body.map { String(buffer: $0) } ?? "")
            switch receiver.take(post) {
            case .silence: return
            case .cut: context.close(promise: nil)
            case .status(let status):
                var headers = HTTPHeaders([("Content-Length", "0")])
                headers.add(name: "Location", value: "http://127.0.0.1:1/")
                let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
