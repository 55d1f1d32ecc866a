import Crypto
import Foundation
import NIOCore
import NIOSSL
import SwiftASN1
import Testing
import X509

@testable import Events

@Suite("A webhook over TLS", .timeLimit(.minutes(1)))
struct TLSTests {
    private let certificate: NIOSSLCertificate
    private let server: NIOSSLContext

    /// A certificate for `localhost` that signs itself.
    init() throws {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("receiver") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey), notValidBefore: Date() - 60,
            notValidAfter: Date() + 3_600, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([.dnsName("localhost")])
            }, issuerPrivateKey: Certificate.PrivateKey(key))
        let text = try certificate.serializeAsPEM().pemString
        self.certificate = try NIOSSLCertificate(bytes: Array(text.utf8), format: .pem)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(self.certificate)],
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)))
        server = try NIOSSLContext(configuration: configuration)
    }

    private func post(
        _ url: String, _ roots: NIOSSLTrustRoots
    ) async throws -> PostFailure? {
        let post = try WebhookPost(
            try WebhookTarget(url), limit: .seconds(5), roots: roots)
        do throws(PostFailure) {
            try await post.send(ByteBuffer(string: "[]"), [])
            return nil
        } catch {
            return error
        }
    }

    @Test("A receiver that proves who it is gets events, and no other")
    func proof() async throws {
        let receiver = Receiver()
        let port = try await receiver.start(tls: server)
        let trusted = NIOSSLTrustRoots.certificates([certificate])
        #expect(try await post("https://localhost:\(port)/", trusted) == nil)
        #expect(receiver.posts.count == 1)
        // Unknown, or known under another name.
        for (host, roots) in [("localhost", .default), ("127.0.0.1", trusted)] {
            guard case .unreachable = try await post("https://\(host):\(port)/", roots) else {
                Issue.record("\(host) should not be believed")
                continue
            }
        }
        #expect(receiver.posts.count == 1)
        try await receiver.stop()
    }
}
