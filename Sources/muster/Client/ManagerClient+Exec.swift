import ECSAPI
import Foundation
import Glibc
import Model
import NIOCore
import NIOHTTP1
import NIOPosix

/// What a command of `muster exec` is connected to on this side.
struct ExecEnds: Sendable {
    /// `nil` where the command reads nothing.
    var input: BlockingStream?
    var output: BlockingStream
    var errors: BlockingStream
    /// Sizes of the terminal from now on.
    var sizes: AsyncStream<TerminalSize>
}

extension ManagerClient {
    /// Of what says what to run; more is refused by the manager's HTTP server.
    static let execTargetMaximum = 64 << 10

    /// Has a command run and stays with it to its end.
    ///
    /// - Returns: Its exit code.
    /// - Throws: ``Failure``; a broken connection is one of ``Failure/Code/unavailable``.
    func exec(_ question: ExecQuestion, _ ends: ExecEnds) async throws(Failure) -> Int32 {
        var question = question
        question.nonce = String(UInt64.random(in: .min ... .max), radix: 36)
        let path = try Self.execTarget(question)
        var request = HTTPRequest(method: .POST, path: path)
        request.headers = [("Content-Type", "application/octet-stream")]
        request.isBodySigned = false
        return try await signed(request).exec(at: self, ends)
    }

    static func execTarget(_ question: ExecQuestion) throws(Failure) -> String {
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        let json = (try? JSONEncoder().encode(question)) ?? Data()
        let text = String(decoding: json, as: UTF8.self)
            .addingPercentEncoding(withAllowedCharacters: plain)
        let target = "/muster/v1/exec?order=\(text ?? "")"
        guard target.utf8.count <= execTargetMaximum else {
            throw Failure(
                .usage,
                "The command is too long. Put what it does into a file, or send it as input: "
                    + "muster exec -i TASK -- sh < script")
        }
        return target
    }
}

extension HTTPRequest {
    private typealias Exchange = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
    private typealias Outbound = NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>

    /// How often the manager is told that this side is there.
    private static let pulse = Duration.seconds(15)
    /// Milliseconds after which a manager that acknowledges nothing is taken for gone.
    private static let patience: ChannelOptions.Types.SocketOption.Value = 60_000
    /// `TCP_USER_TIMEOUT`
    private static let userTimeout: SocketOptionName = 18
    /// `TCP_KEEPIDLE` and `TCP_KEEPINTVL`
    private static let keepaliveIdle: SocketOptionName = 4
    private static let keepaliveInterval: SocketOptionName = 5

    fileprivate func exec(
        at client: ManagerClient, _ ends: ExecEnds
    ) async throws(Failure) -> Int32 {
        let address = client.address
        do {
            let connection = try await connect(address)
            return try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(.head(execHead(for: address)))
                return try await carry(inbound, outbound, client, ends)
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .unavailable,
                "The connection to http://\(address) broke, or there is none; a command that ran "
                    + "over it is ended. Is a manager running there? Name its address with --api "
                    + "or AWS_ENDPOINT_URL.")
        }
    }

    private func execHead(for address: Address) -> HTTPRequestHead {
        var fields = HTTPHeaders(headers)
        fields.add(name: "Host", value: address.description)
        fields.add(name: "Transfer-Encoding", value: "chunked")
        fields.add(name: "Connection", value: "close")
        return HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: fields)
    }

    private func connect(_ address: Address) async throws -> Exchange {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(10))
            .channelOption(
                .socket(.init(IPPROTO_TCP), Self.userTimeout), value: Self.patience
            )
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.socket(.init(IPPROTO_TCP), Self.keepaliveIdle), value: 15)
            .channelOption(.socket(.init(IPPROTO_TCP), Self.keepaliveInterval), value: 15)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Exchange(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Reads the answer to its end; once the program runs, what is typed goes the other way.
    private func carry(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>, _ outbound: Outbound,
        _ client: ManagerClient, _ ends: ExecEnds
    ) async throws -> Int32 {
        let credit = ExecCredit(ExecFrame.window)
        var reader = ExecFrame.Reader()
        var status = 0
        var refusal: [UInt8] = []
        var senders: [Task<Void, any Error>] = []
        defer { for sender in senders { sender.cancel() } }
        for try await part in inbound {
            switch part {
            case .head(let head):
                status = Int(head.status.code)
                if status == 200 { senders = Self.send(ends, credit, to: outbound) }
            case .body(let bytes) where status == 200:
                reader.append(bytes.readableBytesView)
                while let frame = try reader.next() {
                    guard let code = try await show(frame, credit, ends) else { continue }
                    // The manager reads what is on the way before it closes. The code is known,
                    // whatever becomes of the connection.
                    try? await outbound.write(.end(nil))
                    return code
                }
            case .body(let bytes):
                if refusal.count < 65_536 { refusal += bytes.readableBytesView }
            case .end where status != 200:
                throw client.failure(of: Answer(status: status, body: refusal))
            case .end: break
            }
        }
        throw ChannelError.eof
    }

    /// - Returns: The exit code, if that is what it says.
    private func show(
        _ frame: ExecFrame, _ credit: ExecCredit, _ ends: ExecEnds
    ) async throws -> Int32? {
        switch frame {
        case .taken(let bytes): credit.giveBack(bytes)
        case .output(.standardOutput(let bytes)):
            guard await ends.output.write(bytes) else { throw Self.unread }
        case .output(.standardError(let bytes)):
            guard await ends.errors.write(bytes) else { throw Self.unread }
        case .output(.exited(let code)): return code
        case .output(.failed(let text)): throw Failure(.unavailable, text)
        case .output, .input, .nothing: break
        }
        return nil
    }

    private static let unread = Failure(
        .io, "Nobody reads the command's output any more, so that it was ended.")

    private static func send(
        _ ends: ExecEnds, _ credit: ExecCredit, to outbound: Outbound
    ) -> [Task<Void, any Error>] {
        var senders: [Task<Void, any Error>] = [
            Task {
                while true {
                    try await Task.sleep(for: pulse)
                    try await write(.nothing, to: outbound)
                }
            },
            Task {
                for await size in ends.sizes {
                    try await write(.input(.resize(size)), to: outbound)
                }
            },
        ]
        guard let input = ends.input else { return senders }
        senders.append(
            Task {
                while true {
                    let room = min(await credit.some(), 32 << 10)
                    let bytes = await input.read(atMost: room)
                    guard !bytes.isEmpty else { break }
                    credit.use(bytes.count)
                    try await write(.input(.data(bytes)), to: outbound)
                }
                try await write(.input(.end), to: outbound)
            })
        return senders
    }

    private static func write(_ frame: ExecFrame, to outbound: Outbound) async throws {
        try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: frame.bytes))))
    }
}
