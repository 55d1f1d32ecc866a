import Identity
import Logging
import Model
import NIOCore
import NIOPosix
import RPC
import Wire

/// A scripted manager with an authority of its own: it gives every worker that shows the secret a
/// certificate, and notes who calls.
final class SecureManager: Sendable {
    struct State: Sendable {
        var joins: [JoinRequest] = []
        var renewals = 0
        /// What Register came with, as TLS proves it.
        var identities: [String?] = []
        var refusal: WorkerRefusal?
        /// How long certificates are good for.
        var life = Duration.seconds(600)
    }

    let state = Watched(State())
    let authority: CertificateAuthority
    let secret = JoinTokenText.newSecret()
    private let credentials: ManagerCredentials
    private let server: Watched<RPCServer?> = Watched(nil)

    init() throws {
        authority = try CertificateAuthority(at: .now)
        credentials = try ManagerCredentials(authority: authority)
    }

    var token: String { token(of: authority.fingerprint) }

    func token(of authority: Fingerprint) -> String {
        JoinTokenText(
            id: JoinTokenID(high: 1, low: 1), secret: secret, authority: authority
        ).text
    }

    func start(port: Int = 0) async throws -> Int {
        let tls = RPCServerTLS(
            context: { [credentials] in credentials.context() },
            identify: { [credentials] in try credentials.identify($0) })
        let server = RPCServer(
            group: MultiThreadedEventLoopGroup.singleton, methods: methods, tls: tls,
            logger: Logger(label: "manager") { _ in SwiftLogNoOpLogHandler() })
        let address = try await server.start(host: "127.0.0.1", port: port)
        self.server.update { $0 = server }
        return address.port ?? 0
    }

    func stop() async {
        let server = self.server.update { server in
            defer { server = nil }
            return server
        }
        await server?.shutdown(limit: .zero)
    }

    func closeConnections() {
        server.value?.closeConnections { _ in true }
    }

    private var methods: [RPCMethod] {
        [
            .unary(
                WorkerService.join,
                deferred: { [self] request, _, reply in
                    answer(reply) {
                        let request = try WireCodec.decodeJoinRequest(request)
                        state.update { $0.joins.append(request) }
                        if let refusal = state.value.refusal { throw refusal }
                        guard request.secret == secret else {
                            throw WorkerRefusal(.unauthenticated, "no such token")
                        }
                        return try issue(request.certificateRequest)
                    }
                }),
            .unary(
                WorkerService.renew,
                deferred: { [self] request, context, reply in
                    answer(reply) {
                        guard context.identity != nil else {
                            throw WorkerRefusal(.unauthenticated, "no certificate")
                        }
                        let request = try WireCodec.decodeRenewRequest(request)
                        state.update { $0.renewals += 1 }
                        return try issue(request.certificateRequest)
                    }
                }),
            .unary(
                WorkerService.register,
                deferred: { [self] _, context, reply in
                    state.update { $0.identities.append(context.identity) }
                    answer(reply) {
                        if let refusal = state.value.refusal { throw refusal }
                        return try WireCodec.encode(
                            Registered(
                                instance: InstanceID(high: 5, low: 5),
                                session: SessionID(high: 1, low: 1), epoch: 1,
                                heartbeat: HeartbeatSettings(period: 50, lease: 2_000)))
                    }
                }),
            .unary(
                WorkerService.heartbeat,
                deferred: { _, _, reply in reply.succeed(WireCodec.acknowledgement) }),
            .serverStream(WorkerService.assignments) { _, _, writer in
                let all = AssignmentUpdate.complete(revision: 1, [], more: false)
                if let message = try? WireCodec.encode(all) { writer.send(message) }
            },
        ]
    }

    private func issue(_ request: [UInt8]) throws -> [UInt8] {
        let subject = WorkerSubject(
            region: "us-east-1", cluster: "default", worker: WorkerID(high: 7, low: 7))
        let now = WallTime.now
        let grant = CertificateGrant(
            subject: subject, issuedAt: now, endsAt: now + state.value.life)
        return try WireCodec.encode(
            authority.issue(grant, for: CertificateRequest(der: request)))
    }

    private func answer(_ reply: RPCReply, _ body: () throws -> [UInt8]) {
        do {
            reply.succeed(try body())
        } catch let refusal as WorkerRefusal {
            let code = RPCStatus.Code(rawValue: refusal.code.statusCode) ?? .unknown
            reply.fail(RPCError(code, refusal.message))
        } catch {
            reply.fail(RPCError(.internalError, "\(error)"))
        }
    }
}
