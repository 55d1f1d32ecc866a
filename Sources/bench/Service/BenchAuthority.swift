import Identity
import Model
import NIOSSL
import RPC

/// The certificate authority of `bench serve` and `bench hold`: TLS as a manager has it with its
/// workers, both sides with certificates.
struct BenchAuthority {
    private let authority: CertificateAuthority

    /// - Parameter folder: made if it is missing.
    init(_ folder: String) throws {
        authority = try AuthorityFolder(folder).open(at: .now).authority
    }

    func serverTLS() throws -> RPCServerTLS {
        let credentials = try ManagerCredentials(authority: authority)
        return RPCServerTLS(
            context: { credentials.context() }, identify: { try credentials.identify($0) })
    }

    /// The settings of a worker that has joined.
    func clientContext() throws -> NIOSSLContext {
        let key = WorkerKey()
        let subject = WorkerSubject(
            region: "us-east-1", cluster: "bench", worker: Identifier(high: 1, low: 1))
        let grant = CertificateGrant(
            subject: subject, issuedAt: .now, endsAt: .now + .seconds(86_400))
        let request = try CertificateRequest(der: key.certificateRequest())
        let issued = try authority.issue(grant, for: request)
        return try WorkerCredential(
            key: key, issued: issued, authority: authority.fingerprint
        ).context()
    }
}
