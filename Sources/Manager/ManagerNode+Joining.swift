import Identity
import Logging
import ManagerCore
public import Model
import NIOCore
import NIOPosix
import RPC
import Wire

/// Certificates for workers: what a stranger shows is looked at here, on a network loop; the core
/// decides; what it grants is signed on a network loop again.
extension ManagerNode {
    func join(_ request: [UInt8], _ context: RPCContext, _ reply: RPCReply) {
        do throws(WorkerRefusal) {
            guard identity != nil else { throw Self.noTLS }
            let request = try decoded(context) { () throws(WireError) in
                try WireCodec.decodeJoinRequest(request)
            }
            let secret = Fingerprint(hashing: request.secret)
            do throws(WorkerRefusal) {
                // Cheap, and before a signature is checked. The core looks again.
                _ = try snapshot().joinToken(request.token, secret: secret, at: Clocks.wall)
                let certificate = try Self.certificateRequest(request.certificateRequest)
                let attempt = JoinAttempt(
                    token: request.token, secret: secret, name: request.name,
                    cluster: request.cluster, region: request.region, key: certificate.key)
                ask(for: certificate, reply) { .join($0, attempt) }
            } catch {
                tell(
                    "worker may not join", error, context,
                    [
                        "worker": "\(request.name.prefix(255))",
                        "cluster": "\(request.cluster.prefix(255))",
                    ])
                throw error
            }
        } catch {
            reply.fail(RPCError(error.status))
        }
    }

    func renew(_ request: [UInt8], _ context: RPCContext, _ reply: RPCReply) {
        do throws(WorkerRefusal) {
            guard identity != nil else { throw Self.noTLS }
            let peer = try peer(of: context)
            let request = try decoded(context) { () throws(WireError) in
                try WireCodec.decodeRenewRequest(request)
            }
            let certificate = try Self.certificateRequest(request.certificateRequest)
            let renewal = Renewal(
                peer: peer, key: certificate.key,
                session: sessions.session(on: context.connection))
            ask(for: certificate, reply) { .renew($0, renewal) }
        } catch {
            reply.fail(RPCError(error.status))
        }
    }

    /// Signs what was granted, off the core's loop.
    func sign(_ grant: CertificateGrant, for request: CertificateRequest, _ reply: RPCReply) {
        networkGroup.next().execute { [self] in
            do {
                guard let authority = identity?.authority else { throw RPCError(Self.noTLS.status) }
                reply.succeed(try WireCodec.encode(authority.issue(grant, for: request)))
            } catch {
                logger.error("certificate not signed", metadata: ["error": "\(error)"])
                reply.fail(RPCError(.internalError, "\(error)"))
            }
        }
    }

    private func ask(
        for certificate: CertificateRequest, _ reply: RPCReply, _ event: (CallID) -> Event
    ) {
        let caller = Caller.certificate(reply, certificate)
        guard let call = callers.add(caller) else { return turnAway(caller, Self.stopping) }
        if !post(event(call)) { turnAway(callers.take(call), Self.full) }
    }

    private static func certificateRequest(
        _ der: [UInt8]
    ) throws(WorkerRefusal) -> CertificateRequest {
        do {
            return try CertificateRequest(der: der)
        } catch {
            throw WorkerRefusal(.invalidArgument, error.message)
        }
    }

    private static let noTLS = WorkerRefusal(
        .staleSession,
        "this manager serves without TLS, so that workers need no certificate: start the worker "
            + "with --no-tls")

    /// Makes a join token: what the manager keeps of it, and the text that a worker is to be given.
    /// The text is nowhere else.
    public func makeJoinToken(
        for cluster: ClusterReference, life: Duration
    ) async throws(APIError) -> (token: JoinToken, text: String) {
        guard let identity else {
            throw APIError(
                .invalidParameter,
                "This manager was started with --no-tls: its workers need no join token. Start "
                    + "them with --no-tls, or the manager without it.")
        }
        let secret = JoinTokenText.newSecret()
        let command = CreateJoinToken(
            cluster: cluster, secret: Fingerprint(hashing: secret), life: life)
        guard case .joinToken(let token) = try await submit(.createJoinToken(command)).0 else {
            throw APIError(.server, "The manager made no join token.")
        }
        let text = JoinTokenText(
            id: token.id, secret: secret, authority: identity.authority.fingerprint)
        return (token, text.text)
    }
}
