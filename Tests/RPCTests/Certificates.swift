import Crypto
import Foundation
import NIOSSL
import RPC
import SwiftASN1
import X509

/// An authority of a test, and the two sides that it certifies.
struct TestAuthority {
    private let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    private let root: Certificate

    init() throws {
        root = try Self.certificate(
            "test authority", key: key.publicKey, issuer: "test authority", by: key, isCA: true)
    }

    /// What proves one side: trusts this authority alone and demands a certificate of the peer.
    func context(
        _ name: String, isServer: Bool, proves: Bool = true
    ) throws -> NIOSSLContext {
        let own = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let leaf = try Self.certificate(
            name, key: own.publicKey, issuer: "test authority", by: key, isCA: false)
        let chain = [NIOSSLCertificateSource.certificate(try Self.ssl(leaf))]
        let secret = NIOSSLPrivateKeySource.privateKey(
            try NIOSSLPrivateKey(bytes: Array(own.serializeAsPEM().pemString.utf8), format: .pem))
        var settings =
            isServer
            ? TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: secret)
            : TLSConfiguration.makeClientConfiguration()
        if !isServer, proves {
            settings.certificateChain = chain
            settings.privateKey = secret
        }
        settings.trustRoots = .certificates([try Self.ssl(root)])
        settings.minimumTLSVersion = .tlsv13
        settings.certificateVerification = isServer ? .optionalVerification : .fullVerification
        settings.applicationProtocols = ["h2"]
        return try NIOSSLContext(configuration: settings)
    }

    private static func ssl(_ certificate: Certificate) throws -> NIOSSLCertificate {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
    }

    private static func certificate(
        _ name: String, key: Certificate.PublicKey, issuer: String,
        by signer: Certificate.PrivateKey,
        isCA: Bool
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key,
            notValidBefore: Date(timeIntervalSinceNow: -60),
            notValidAfter: Date(timeIntervalSinceNow: 3_600),
            issuer: try DistinguishedName { CommonName(issuer) },
            subject: try DistinguishedName { CommonName(name) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                if isCA {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                } else {
                    SubjectAlternativeNames([.dnsName(name)])
                }
            },
            issuerPrivateKey: signer)
    }
}
