import Crypto
public import Model
public import NIOSSL
import Synchronization

/// What a manager shows to workers, and what it makes of what they show.
///
/// Its own certificate is made anew at each start and again before it ends; its key is never
/// written. TLS 1.3 alone, ALPN `h2`; a client may show a certificate of the authority, no other.
public final class ManagerCredentials: Sendable {
    private struct Current {
        let context: NIOSSLContext
        let times: CertificateTimes
    }

    private let authority: CertificateAuthority
    private let life: Duration
    private let clock: @Sendable () -> WallTime
    private let current: Mutex<Current>

    /// - Parameter life: of the manager's own certificate.
    public init(
        authority: CertificateAuthority, life: Duration = .seconds(7 * 86_400),
        clock: @escaping @Sendable () -> WallTime = { .now }
    ) throws(IdentityError) {
        self.authority = authority
        self.life = life
        self.clock = clock
        current = Mutex(try Self.make(authority, life, at: clock()))
    }

    /// TLS settings for a new connection, with a certificate that goes on being valid for a while.
    /// Should a new one be impossible to make, the old one is used on.
    public func context() -> NIOSSLContext {
        let now = clock()
        return current.withLock { current in
            if current.times.renewAt <= now, let next = try? Self.make(authority, life, at: now) {
                current = next
            }
            return current.context
        }
    }

    /// Who a client is by the certificate that it showed and that TLS has verified: a text for
    /// ``subject(of:)``, or `nil` for a client without one.
    ///
    /// - Throws: ``IdentityError`` for a certificate that is no worker's.
    public func identify(_ certificate: NIOSSLCertificate?) throws(IdentityError) -> String? {
        guard let certificate else { return nil }
        // A resumed session was verified when it began.
        guard certificate.notValidAfter > clock().milliseconds / 1_000 else {
            throw IdentityError(.invalid, "the client's certificate has expired")
        }
        let names = certificate._subjectAlternativeNames()
        guard names.count == 1, let name = names.first, name.nameType == .uri else {
            throw IdentityError(.invalid, "the client's certificate is not that of a worker")
        }
        let text = name.contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        guard Names.subject(text) != nil else {
            throw IdentityError(.invalid, "the client's certificate is not that of a worker")
        }
        return text
    }

    /// The worker that ``identify(_:)`` found.
    public static func subject(of identity: String) -> WorkerSubject? {
        Names.subject(identity)
    }

    private static func make(
        _ authority: CertificateAuthority, _ life: Duration, at now: WallTime
    ) throws(IdentityError) -> Current {
        let key = P256.Signing.PrivateKey()
        let end = now + life
        let leaf = try authority.issueForManager(key.publicKey, from: now, to: end)
        do {
            let root = try NIOSSLCertificate(bytes: authority.der, format: .der)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: [
                    .certificate(try NIOSSLCertificate(bytes: leaf, format: .der)),
                    // For workers that have a token: it names this one.
                    .certificate(root),
                ], privateKey: .privateKey(try key.forTLS()))
            configuration.minimumTLSVersion = .tlsv13
            configuration.applicationProtocols = ["h2"]
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .certificates([root])
            return Current(
                context: try NIOSSLContext(configuration: configuration),
                times: CertificateTimes(issuedAt: now, endsAt: end))
        } catch {
            throw IdentityError(.invalid, "TLS can't be set up: \(error)")
        }
    }
}

extension P256.Signing.PrivateKey {
    func forTLS() throws -> NIOSSLPrivateKey {
        try NIOSSLPrivateKey(bytes: Array(pemRepresentation.utf8), format: .pem)
    }
}
