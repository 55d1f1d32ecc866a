import Crypto
import Identity
import Model
import SwiftASN1
import Testing
import X509

@Suite("Join tokens and requests")
struct TokenTests {
    let token = JoinTokenText(
        id: JoinTokenID(high: 1, low: 2), secret: [UInt8](0..<32),
        authority: Fingerprint(hashing: [1]))

    @Test("A token is read as it was written, with white space around")
    func roundTrip() throws {
        #expect(token.text.hasPrefix("muster-1-0000000000000001"))
        #expect(try JoinTokenText(token.text) == token)
        #expect(try JoinTokenText(" \(token.text)\n") == token)
    }

    @Test("Nothing but its text tells the secret")
    func secrecy() {
        let secret = Fingerprint(token.secret).map { "\($0)" } ?? "?"
        #expect(token.text.contains(secret))
        #expect(!"\(token)".contains(secret) && "\(token)" == "join token \(token.id)")
    }

    @Test("Secrets are not drawn twice")
    func secrets() {
        #expect(Set((0..<100).map { _ in JoinTokenText.newSecret() }).count == 100)
        #expect(JoinTokenText.newSecret().count == 32)
    }

    @Test("What is no token is refused, and not repeated")
    func refused() {
        let text = token.text
        let wrong = [
            "", "muster-1-", String(text.dropLast()), text + "0", "muster-2-" + text.dropFirst(9),
            text.replacing("muster", with: "mustar"), text.dropLast() + "g", text + " " + text,
        ]
        for text in wrong {
            let refusal = refusal { _ = try JoinTokenText(text) }
            #expect(refusal.contains("muster token create"))
            #expect(text.count < 10 || !refusal.contains(text))
        }
    }

    @Test("A request is for the key that signed it, on P-256")
    func requests() throws {
        let der = try WorkerKey().certificateRequest()
        #expect(try CertificateRequest(der: der).key == CertificateRequest(der: der).key)
        #expect(refusal { _ = try CertificateRequest(der: []) }.contains("not PKCS#10"))
        #expect(
            refusal { _ = try CertificateRequest(der: der.dropLast() + []) }.contains("PKCS#10"))
        var forged = der
        let other = try WorkerKey().certificateRequest()
        // The last bytes are the signature's.
        forged.replaceSubrange(forged.count - 16..<forged.count, with: other.suffix(16))
        #expect(refusal { _ = try CertificateRequest(der: forged) }.contains("not signed with"))
        let key = Certificate.PrivateKey(P384.Signing.PrivateKey())
        let large = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(), privateKey: key, attributes: .init(),
            signatureAlgorithm: .ecdsaWithSHA384)
        var serializer = DER.Serializer()
        try serializer.serialize(large)
        let text = refusal { _ = try CertificateRequest(der: serializer.serializedBytes) }
        #expect(text.contains("P-256"))
    }
}
