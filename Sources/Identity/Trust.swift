import SwiftASN1
import X509

/// The text form of certificates.
enum PEM {
    static func certificate(_ der: [UInt8]) -> String {
        PEMDocument(type: "CERTIFICATE", derBytes: der).pemString + "\n"
    }
}

/// What certificates must be for each other, beside what TLS itself checks.
enum Trust {
    /// Whether a certificate is that of an authority, and signed by its own key.
    static func isAuthority(_ certificate: Certificate) -> Bool {
        guard let constraints = try? certificate.extensions.basicConstraints,
            case .isCertificateAuthority = constraints, certificate.issuer == certificate.subject
        else { return false }
        return isSigned(certificate, by: certificate)
    }

    static func isSigned(_ certificate: Certificate, by authority: Certificate) -> Bool {
        certificate.issuer == authority.subject
            && authority.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    /// The only name of that kind in a certificate.
    static func uri(of certificate: Certificate) -> String? {
        guard let names = try? certificate.extensions.subjectAlternativeNames, names.count == 1,
            case .uniformResourceIdentifier(let uri)? = names.first
        else { return nil }
        return uri
    }
}
