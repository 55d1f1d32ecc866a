import Crypto
import Foundation
public import Model
import SwiftASN1
import X509

/// The manager's certificate authority: a key on P-256 and a certificate that it signed itself.
/// Workers trust it and nothing else.
public struct CertificateAuthority: Sendable {
    let certificate: Certificate
    private let key: P256.Signing.PrivateKey
    /// The certificate in DER.
    public let der: [UInt8]
    /// Of ``der``: what join tokens pin.
    public let fingerprint: Fingerprint

    /// How far the clocks of two machines may be apart: certificates are valid from that long
    /// before they are issued.
    public static let skew = Duration.seconds(3_600)
    static let life = Duration.seconds(10 * 365 * 86_400)

    /// Makes a new one.
    public init(at now: WallTime) throws(IdentityError) {
        let key = P256.Signing.PrivateKey()
        do {
            let publicKey = Certificate.PublicKey(key.publicKey)
            let number = "\(Fingerprint(hashing: publicKey.subjectPublicKeyInfoBytes))".prefix(16)
            let name = try DistinguishedName { CommonName("Muster authority \(number)") }
            let certificate = try Certificate(
                version: .v3, serialNumber: .init(), publicKey: publicKey,
                notValidBefore: (now - Self.skew).date, notValidAfter: (now + Self.life).date,
                issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: publicKey)
                }, issuerPrivateKey: .init(key))
            try self.init(certificate, key)
        } catch {
            throw IdentityError(.invalid, "a certificate authority can't be made: \(error)")
        }
    }

    init(_ certificate: Certificate, _ key: P256.Signing.PrivateKey) throws {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        der = serializer.serializedBytes
        fingerprint = Fingerprint(hashing: der)
        self.certificate = certificate
        self.key = key
    }

    /// PKCS#8 in PEM.
    var keyText: String { key.pemRepresentation }

    // MARK: Issuing

    /// Signs the certificate that a worker was granted.
    public func issue(
        _ grant: CertificateGrant, for request: CertificateRequest
    ) throws(IdentityError) -> IssuedCertificate {
        // Certificates know whole seconds.
        let end = min(grant.endsAt.milliseconds, certificate.notValidAfter.wallTime.milliseconds)
        let endsAt = WallTime(milliseconds: end / 1_000 * 1_000)
        let leaf = try sign(
            request.publicKey, commonName: "\(grant.subject.worker)",
            name: .uniformResourceIdentifier(Names.text(grant.subject)), usage: .clientAuth,
            from: grant.issuedAt, to: endsAt)
        return IssuedCertificate(
            subject: grant.subject, chain: [leaf], authority: der,
            times: CertificateTimes(issuedAt: grant.issuedAt, endsAt: endsAt))
    }

    /// Signs a certificate for the manager itself.
    func issueForManager(
        _ key: P256.Signing.PublicKey, from now: WallTime, to end: WallTime
    ) throws(IdentityError) -> [UInt8] {
        try sign(
            Certificate.PublicKey(key), commonName: Names.manager, name: .dnsName(Names.manager),
            usage: .serverAuth, from: now, to: end)
    }

    private func sign(
        _ publicKey: Certificate.PublicKey, commonName: String, name: GeneralName,
        usage: ExtendedKeyUsage.Usage, from start: WallTime, to end: WallTime
    ) throws(IdentityError) -> [UInt8] {
        do {
            let leaf = try Certificate(
                version: .v3, serialNumber: .init(), publicKey: publicKey,
                notValidBefore: (start - Self.skew).date, notValidAfter: end.date,
                issuer: certificate.subject,
                subject: try DistinguishedName { CommonName(commonName) },
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([usage])
                    SubjectAlternativeNames([name])
                    AuthorityKeyIdentifier(
                        keyIdentifier: SubjectKeyIdentifier(hash: certificate.publicKey)
                            .keyIdentifier)
                }, issuerPrivateKey: .init(key))
            var serializer = DER.Serializer()
            try serializer.serialize(leaf)
            return serializer.serializedBytes
        } catch {
            throw IdentityError(.invalid, "a certificate can't be signed: \(error)")
        }
    }
}

extension WallTime {
    /// Now, by this machine's clock.
    public static var now: WallTime { Date().wallTime }

    var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }

    static func - (time: WallTime, duration: Duration) -> WallTime {
        time + (.zero - duration)
    }
}

extension Date {
    var wallTime: WallTime {
        WallTime(milliseconds: Int64((timeIntervalSince1970 * 1_000).rounded()))
    }
}
