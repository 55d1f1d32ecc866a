import NIOCore
import NIOSSL

/// What a TLS failure means, for a person.
enum TLSFailure {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as RPCError: error.message
        case let error as NIOSSLError: text(error)
        case let error as BoringSSLError: text(error)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            "the peer's certificate is for another name"
        case is IOError: "the connection broke: \(error)"
        default: "\(error)"
        }
    }

    private static func text(_ error: NIOSSLError) -> String {
        switch error {
        case .handshakeFailed(let cause): text(cause)
        case .unableToValidateCertificate: "the peer's certificate can't be validated"
        case .uncleanShutdown: "the peer closed the connection within TLS"
        default: "TLS failed: \(error)"
        }
    }

    /// BoringSSL's reasons, by the names it gives them.
    private static func text(_ error: BoringSSLError) -> String {
        let detail = "\(error)"
        let known = reasons.first { detail.contains($0.name) }
        return known.map { "\($0.text) (\($0.name))" } ?? "TLS failed: \(detail)"
    }

    private static let reasons: [(name: String, text: String)] = [
        ("CERTIFICATE_EXPIRED", "the certificate has expired"),
        ("CERTIFICATE_UNKNOWN", "the certificate was not accepted"),
        ("CERTIFICATE_REVOKED", "the certificate was revoked"),
        ("BAD_CERTIFICATE", "the certificate was not accepted"),
        ("UNKNOWN_CA", "the certificate is of an authority that is not trusted here"),
        (
            "CERTIFICATE_VERIFY_FAILED",
            "the peer's certificate is not of the trusted authority, or not valid now"
        ),
        ("CERTIFICATE_REQUIRED", "a certificate is required"),
        ("HTTP_REQUEST", "the peer speaks HTTP without TLS"),
        ("WRONG_VERSION_NUMBER", "the peer does not speak TLS"),
        ("PROTOCOL_VERSION", "the peer offers no TLS 1.3"),
        ("UNSUPPORTED_PROTOCOL", "the peer offers no TLS 1.3"),
        ("NO_APPLICATION_PROTOCOL", "the peer did not agree to HTTP/2 (ALPN h2)"),
    ]
}
