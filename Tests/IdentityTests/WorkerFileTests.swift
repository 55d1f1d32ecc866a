import Foundation
import Identity
import Model
import Testing

@Suite("A worker's certificate on disk")
struct WorkerFileTests {
    let authority: CertificateAuthority
    let scratch: Scratch

    init() throws {
        authority = try CertificateAuthority(at: now)
        scratch = try Scratch()
    }

    var file: String { scratch.path + "/identity.pem" }

    @Test("It comes back as it was saved, for its user alone; a newer one takes its place")
    func roundTrip() throws {
        #expect(try WorkerCredential.load(file) == nil)
        let first = try authority.credential(subject(1))
        try first.save(to: file)
        let loaded = try #require(try WorkerCredential.load(file))
        #expect(loaded.subject == first.subject && loaded.times == first.times)
        #expect(loaded.authority == authority.fingerprint)
        #expect(try scratch.mode("identity.pem") == 0o600)
        try authority.credential(subject(2)).save(to: file)
        #expect(try WorkerCredential.load(file)?.subject == subject(2))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).count == 1)
    }

    @Test("A file that is torn, altered, swapped or of something else is refused")
    func refused() throws {
        try authority.credential().save(to: file)
        let text = try scratch.read("identity.pem")
        try authority.credential().save(to: scratch.path + "/other.pem")
        let other = try scratch.read("other.pem").components(separatedBy: "-----BEGIN ")
        let parts = text.components(separatedBy: "-----BEGIN ")
        let swapped = ([other[0], other[1]] + parts.dropFirst(2)).joined(
            separator: "-----BEGIN ")
        let wrong = [
            "", "hello", String(text.dropFirst(1)), String(text.dropLast(100)),
            parts.dropLast().joined(separator: "-----BEGIN "), swapped,
        ]
        for text in wrong {
            try scratch.write(text, to: "identity.pem")
            let refusal = refusal { _ = try WorkerCredential.load(file) }
            #expect(refusal.contains(file) && refusal.contains("move it away"), "\(refusal)")
            #expect(try scratch.read("identity.pem") == text)
        }
    }

    @Test("A file that others can read is refused", arguments: [0o640, 0o604, 0o620])
    func openFile(mode: Int) throws {
        try authority.credential().save(to: file)
        try scratch.setMode(mode, of: "identity.pem")
        let refusal = refusal { _ = try WorkerCredential.load(file) }
        #expect(refusal.contains("open to other users") && refusal.contains("chmod go= \(file)"))
    }

    @Test("A manager's answer that does not fit is not taken over")
    func answers() throws {
        let key = WorkerKey()
        let foreign = try CertificateAuthority(at: now)
        func issue(_ authority: CertificateAuthority, _ key: WorkerKey) throws -> IssuedCertificate
        {
            try authority.issue(
                CertificateGrant(subject: subject(), issuedAt: now, endsAt: now + .seconds(60)),
                for: CertificateRequest(der: key.certificateRequest()))
        }
        func take(_ issued: IssuedCertificate) -> String {
            refusal {
                _ = try WorkerCredential(
                    key: key, issued: issued, authority: authority.fingerprint)
            }
        }
        #expect(try take(issue(authority, key)).isEmpty)
        #expect(try take(issue(foreign, key)).contains("another authority"))
        var patched = try issue(foreign, key)
        patched.authority = authority.der
        #expect(take(patched).contains("not signed by the authority"))
        #expect(try take(issue(authority, WorkerKey())).contains("for another key"))
        var renamed = try issue(authority, key)
        renamed.subject = subject(2)
        #expect(take(renamed).contains("names another worker"))
    }
}
