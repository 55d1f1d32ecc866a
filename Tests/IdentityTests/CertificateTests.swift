import Crypto
import Foundation
import Identity
import Model
import NIOSSL
import SwiftASN1
import Testing
import X509

@Suite("Certificates, and who is let in with them")
struct CertificateTests {
    let authority: CertificateAuthority
    let manager: ManagerCredentials
    let foreign: CertificateAuthority

    init() throws {
        authority = try CertificateAuthority(at: now)
        manager = try ManagerCredentials(authority: authority)
        foreign = try CertificateAuthority(at: now)
    }

    @Test("A worker and its manager know each other")
    func mutual() throws {
        let worker = try authority.credential(subject(7))
        let handshake = try Handshake(client: worker.context(), server: manager.context())
        #expect(handshake.isComplete && handshake.clientError == nil)
        #expect(handshake.negotiated == "h2")
        let identity = try #require(try manager.identify(handshake.certificate))
        #expect(identity == "muster://us-east-1/default/\(subject(7).worker)")
        #expect(ManagerCredentials.subject(of: identity) == subject(7))
    }

    @Test("A client without a certificate is let in as nobody")
    func anonymous() throws {
        let context = try ClientContexts.joining(authority: authority.der)
        let handshake = try Handshake(client: context, server: manager.context())
        #expect(handshake.isComplete && handshake.certificate == nil)
        #expect(try manager.identify(nil) == nil)
    }

    @Test("A worker of another authority is not let in, whatever it calls itself")
    func foreignWorker() throws {
        let forged = try foreign.credential(subject(7))
        let context = try TLSParts(forged).context(trusting: authority)
        let handshake = try Handshake(client: context, server: manager.context())
        #expect(handshake.serverError != nil && handshake.certificate == nil)
    }

    @Test("A worker whose certificate has expired is not let in")
    func expired() throws {
        let late = try authority.credential(issuedAt: now + .seconds(-700), life: .seconds(600))
        let handshake = try Handshake(client: late.context(), server: manager.context())
        #expect("\(handshake.serverError, default: "none")".contains("CERTIFICATE_VERIFY_FAILED"))
        // Nor if TLS had let it: a resumed session is not verified again.
        let leaf = try TLSParts(late).leaf
        #expect(refusal { _ = try manager.identify(leaf) }.contains("has expired"))
    }

    @Test("A manager of another authority is not talked to")
    func foreignManager() throws {
        let worker = try authority.credential()
        let other = try ManagerCredentials(authority: foreign)
        for context in [
            try worker.context(), try ClientContexts.joining(authority: authority.der),
        ] {
            let handshake = try Handshake(client: context, server: other.context())
            #expect(!handshake.isComplete)
            #expect(
                "\(handshake.clientError, default: "none")".contains("CERTIFICATE_VERIFY_FAILED"))
        }
    }

    @Test("A worker's certificate is no manager's")
    func workerAsManager() throws {
        let worker = try authority.credential()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try TLSParts(worker).leaf)],
            privateKey: .privateKey(try TLSParts(worker).key))
        configuration.applicationProtocols = ["h2"]
        let server = try NIOSSLContext(configuration: configuration)
        let strict = try Handshake(client: worker.context(), server: server)
        #expect(!strict.isComplete && strict.clientError != nil)
        // Not even to a client that asks for no name: its use is another.
        let lax = try TLSParts(worker).context(trusting: authority, checksName: false)
        let handshake = try Handshake(client: lax, server: server)
        #expect(!handshake.isComplete)
        #expect("\(handshake.clientError, default: "none")".contains("CERTIFICATE_VERIFY_FAILED"))
        let sound = try Handshake(client: lax, server: manager.context())
        #expect(sound.isComplete)
    }

    @Test("A client that offers less than TLS 1.3 is not let in")
    func oldTLS() throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.maximumTLSVersion = .tlsv12
        configuration.trustRoots = .certificates([
            try NIOSSLCertificate(bytes: authority.der, format: .der)
        ])
        let client = try NIOSSLContext(configuration: configuration)
        let handshake = try Handshake(client: client, server: manager.context())
        #expect(!handshake.isComplete && handshake.serverError != nil)
    }

    @Test("The manager's chain holds the authority that a token pins")
    func pin() throws {
        let chain = try [foreign.der, authority.der].map {
            try NIOSSLCertificate(bytes: $0, format: .der)
        }
        #expect(
            ClientContexts.authority(pinned: authority.fingerprint, in: chain) == authority.der)
        #expect(
            ClientContexts.authority(pinned: authority.fingerprint, in: [chain[0]]) == nil)
    }

    @Test("What is valid, for whom, for what and how long is in the certificate")
    func contents() throws {
        let worker = try authority.credential(subject(7), life: .seconds(90))
        #expect(worker.subject == subject(7) && worker.authority == authority.fingerprint)
        let end = (now.milliseconds + 90_000) / 1_000 * 1_000
        #expect(worker.times.endsAt.milliseconds == end)
        let toRenewal = worker.times.renewAt.milliseconds - now.milliseconds
        #expect((58_000...60_000).contains(toRenewal))
        let leaf = try Certificate(derEncoded: TLSParts(worker).leaf.toDERBytes())
        #expect(leaf.notValidBefore < Date(timeIntervalSinceNow: -3_000), "clocks may differ")
        #expect(try leaf.extensions.extendedKeyUsage?.contains(.serverAuth) == false)
        #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
        // None outlives its authority.
        let long = try authority.credential(life: .seconds(20 * 365 * 86_400))
        #expect(long.times.endsAt < now + .seconds(11 * 365 * 86_400))
    }

    @Test("The manager's certificate is renewed before it ends")
    func renewal() throws {
        let clock = Clock()
        let manager = try ManagerCredentials(
            authority: authority, life: .seconds(30), clock: { clock.now })
        let first = manager.context()
        clock.advance(by: .seconds(19))
        #expect(manager.context() === first)
        clock.advance(by: .seconds(2))
        #expect(manager.context() !== first)
    }
}
