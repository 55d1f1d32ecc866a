import Identity
import Logging
import Model
import NIOCore
import NIOPosix
import RPC
import Wire

/// From a join token to a certificate on disk.
///
/// First a look at the manager's certificates, on a connection that carries nothing: among them is
/// the authority that the token pins, or this is another manager. Then a connection that trusts
/// that authority alone, for `Join`.
struct Joining: Sendable {
    let credentials: Credentials
    let name: String
    let cluster: String
    let region: String
    let loop: any EventLoop
    let logger: Logger

    private static let timeout = Duration.seconds(10)

    func certificate(from address: ManagerAddress) async throws(WorkerRefusal) -> CertificateTimes {
        let token = try credentials.token()
        let request = JoinRequest(
            token: token.id, secret: token.secret, name: name, cluster: cluster, region: region,
            certificateRequest: try credentials.certificateRequest())
        let authority = try await ManagerProbe.authority(
            pinnedBy: token, at: address, on: loop, within: Self.timeout)
        do {
            let context = try ClientContexts.joining(authority: authority)
            let connection = try await RPCClientConnection.connect(
                to: .tcp(host: address.host, port: address.port),
                tls: RPCClientTLS(context: context, serverName: WorkerCredential.managerName),
                group: loop, logger: logger)
            let answer: Result<[UInt8], any Error>
            do {
                answer = .success(
                    try await connection.unary(
                        WorkerService.join, try WireCodec.encode(request), timeout: Self.timeout))
            } catch {
                answer = .failure(error)
            }
            await connection.close()
            let issued = try WireCodec.decodeIssuedCertificate(answer.get())
            return try await keep(issued, of: token.authority)
        } catch let refusal as WorkerRefusal {
            throw refusal
        } catch {
            throw ManagerCalls.refusal(error)
        }
    }

    /// The next certificate, over a connection that the present one opened.
    func renew(over connection: RPCClientConnection) async throws(WorkerRefusal) -> CertificateTimes
    {
        let request = RenewRequest(certificateRequest: try credentials.certificateRequest())
        let authority = try credentials.authority()
        do {
            let answer = try await connection.unary(
                WorkerService.renew, try WireCodec.encode(request), timeout: Self.timeout)
            return try await keep(WireCodec.decodeIssuedCertificate(answer), of: authority)
        } catch let refusal as WorkerRefusal {
            throw refusal
        } catch {
            throw ManagerCalls.refusal(error)
        }
    }

    private func keep(
        _ issued: IssuedCertificate, of authority: Fingerprint
    ) async throws -> CertificateTimes {
        try await NIOThreadPool.singleton.runIfActive { [credentials] in
            try credentials.keep(issued, of: authority)
        }
    }
}
