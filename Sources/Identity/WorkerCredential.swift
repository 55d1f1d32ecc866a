import Crypto
import Foundation
public import Model
public import NIOSSL
import SwiftASN1
import X509

/// A worker's own key. It stays the same over all its certificates: who shows it again is the same
/// worker.
public struct WorkerKey: Sendable {
    let key: P256.Signing.PrivateKey

    public init() {
        key = P256.Signing.PrivateKey()
    }

    init(_ key: P256.Signing.PrivateKey) {
        self.key = key
    }

    /// A request for a certificate, PKCS#10 in DER.
    public func certificateRequest() throws(IdentityError) -> [UInt8] {
        do {
            let request = try CertificateSigningRequest(
                version: .v1, subject: DistinguishedName(), privateKey: .init(key),
                attributes: CertificateSigningRequest.Attributes(),
                signatureAlgorithm: .ecdsaWithSHA256)
            var serializer = DER.Serializer()
            try serializer.serialize(request)
            return serializer.serializedBytes
        } catch {
            throw IdentityError(.invalid, "a certificate request can't be made: \(error)")
        }
    }
}

/// What a worker proves itself with: its key, its certificate, and the authority that it trusts.
public struct WorkerCredential: Sendable {
    public let key: WorkerKey
    public let subject: WorkerSubject
    public let times: CertificateTimes
    private let leaf: [UInt8]
    private let authorityDER: [UInt8]

    /// Of the authority's certificate.
    public var authority: Fingerprint { Fingerprint(hashing: authorityDER) }

    /// Takes a manager's answer over, if it is what it says: for this key, of the authority that is
    /// expected.
    public init(
        key: WorkerKey, issued: IssuedCertificate, authority: Fingerprint
    ) throws(IdentityError) {
        guard Fingerprint(hashing: issued.authority) == authority, let leaf = issued.chain.first
        else {
            throw IdentityError(.invalid, "the manager's certificate is of another authority")
        }
        try self.init(key: key, leaf: leaf, authority: issued.authority)
        guard subject == issued.subject else {
            throw IdentityError(.invalid, "the certificate names another worker than the answer")
        }
    }

    private init(key: WorkerKey, leaf: [UInt8], authority: [UInt8]) throws(IdentityError) {
        guard let certificate = try? Certificate(derEncoded: leaf),
            let root = try? Certificate(derEncoded: authority)
        else { throw IdentityError(.invalid, "a certificate is not X.509 in DER") }
        guard Trust.isAuthority(root), Trust.isSigned(certificate, by: root) else {
            throw IdentityError(.invalid, "the certificate is not signed by the authority")
        }
        guard certificate.publicKey == Certificate.PublicKey(key.key.publicKey) else {
            throw IdentityError(.invalid, "the certificate is for another key")
        }
        guard let subject = Trust.uri(of: certificate).flatMap({ Names.subject($0) }) else {
            throw IdentityError(.invalid, "the certificate names no worker")
        }
        self.key = key
        self.subject = subject
        self.leaf = leaf
        authorityDER = authority
        times = CertificateTimes(
            issuedAt: certificate.notValidBefore.wallTime + CertificateAuthority.skew,
            endsAt: certificate.notValidAfter.wallTime)
    }

    // MARK: The file

    private static let header = "muster worker certificate, version 1\n"

    /// What ``save(to:)`` wrote; `nil` if there is no file. One that is damaged, of something else,
    /// or open to other users is refused and left as it is.
    public static func load(_ path: String) throws(IdentityError) -> WorkerCredential? {
        guard let text = try PrivateFile.read(path) else { return nil }
        do {
            guard text.hasPrefix(header) else {
                throw IdentityError(.invalid, "it has no header")
            }
            let parts = try PEMDocument.parseMultiple(
                pemString: String(text.dropFirst(header.count)))
            guard parts.map(\.discriminator) == ["PRIVATE KEY", "CERTIFICATE", "CERTIFICATE"] else {
                throw IdentityError(.invalid, "it does not hold a key and two certificates")
            }
            let key = try P256.Signing.PrivateKey(derRepresentation: parts[0].derBytes)
            return try WorkerCredential(
                key: WorkerKey(key), leaf: parts[1].derBytes, authority: parts[2].derBytes)
        } catch {
            let why = (error as? IdentityError)?.message ?? "it can't be read"
            throw IdentityError(
                .data,
                "\(path) is damaged or not a worker's certificate: \(why). Restore it, or move it "
                    + "away and give the worker a join token to join as a new one.")
        }
    }

    /// Writes key and certificates as one file, for this user alone, whole or not at all.
    public func save(to path: String) throws(IdentityError) {
        try PrivateFile.write(
            Self.header + key.key.pemRepresentation + "\n" + PEM.certificate(leaf)
                + PEM.certificate(authorityDER), to: path)
    }

    // MARK: TLS

    /// The name that a manager's certificate must have.
    public static var managerName: String { Names.manager }

    /// Shows this worker's certificate; trusts a manager of its authority alone.
    public func context() throws(IdentityError) -> NIOSSLContext {
        try ClientContexts.context(trusting: authorityDER) { configuration throws in
            configuration.certificateChain = [
                .certificate(try NIOSSLCertificate(bytes: leaf, format: .der))
            ]
            configuration.privateKey = .privateKey(try key.key.forTLS())
        }
    }
}
