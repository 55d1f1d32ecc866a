import Crypto
public import Model
import SwiftASN1
import X509

/// A worker's request for a certificate (PKCS#10): its public key, signed with the private one. The
/// subject and attributes that it may name are not looked at: a worker does not say who it is.
public struct CertificateRequest: Sendable {
    /// Of the public key.
    public let key: Fingerprint
    let publicKey: Certificate.PublicKey

    /// Checks the signature too.
    public init(der: [UInt8]) throws(IdentityError) {
        let request: CertificateSigningRequest
        do {
            request = try CertificateSigningRequest(derEncoded: der)
        } catch {
            throw IdentityError(.invalid, "the certificate request is not PKCS#10 in DER")
        }
        guard P256.Signing.PublicKey(request.publicKey) != nil else {
            throw IdentityError(
                .invalid, "the certificate request is not for a key on the curve P-256")
        }
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw IdentityError(
                .invalid, "the certificate request is not signed with the key that it is for")
        }
        publicKey = request.publicKey
        key = Fingerprint(hashing: publicKey.subjectPublicKeyInfoBytes)
    }
}
