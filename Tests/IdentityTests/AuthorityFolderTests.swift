import Foundation
import Identity
import Model
import Testing

@Suite("The folder of a certificate authority")
struct AuthorityFolderTests {
    func open(_ scratch: Scratch, at time: WallTime = now) throws -> CertificateAuthority {
        try AuthorityFolder(scratch.path + "/authority").open(at: time).authority
    }

    @Test("is made once, for its user alone, and gives the same authority ever after")
    func made() throws {
        let scratch = try Scratch()
        let folder = AuthorityFolder(scratch.path + "/authority")
        let first = try folder.open(at: now)
        #expect(first.isNew)
        #expect(try scratch.mode("authority") == 0o700)
        #expect(try scratch.mode("authority/key.pem") == 0o600)
        let again = try folder.open(at: now + .seconds(86_400 * 365))
        #expect(!again.isNew)
        #expect(again.authority.fingerprint == first.authority.fingerprint)
        #expect(try Set(scratch.contents().keys).contains("authority.new") == false)
    }

    @Test("that a crash left half made is made again")
    func halfMade() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/authority.new", withIntermediateDirectories: true)
        try Data("half".utf8).write(
            to: URL(fileURLWithPath: scratch.path + "/authority.new/key.pem"))
        _ = try open(scratch)
        #expect(try scratch.read("authority/key.pem").hasPrefix("-----BEGIN PRIVATE KEY-----"))
    }

    enum Damage: CaseIterable {
        case noKey, noCertificate, tornKey, tornCertificate, emptyKey, otherKey, leaf
        case openKey, openFolder, notAFolder

        var complaint: String {
            switch self {
            case .noKey: "key.pem is missing"
            case .noCertificate: "certificate.pem is missing"
            case .tornKey, .emptyKey: "key.pem is damaged"
            case .tornCertificate: "certificate.pem is damaged"
            case .otherKey: "not for the key in key.pem"
            case .leaf: "not the certificate of an authority of Muster's"
            case .openKey, .openFolder: "is open to other users"
            case .notAFolder: "it is not a folder"
            }
        }

        func happen(in scratch: Scratch) throws {
            let files = FileManager.default
            let folder = scratch.path + "/authority"
            switch self {
            case .noKey: try files.removeItem(atPath: folder + "/key.pem")
            case .noCertificate: try files.removeItem(atPath: folder + "/certificate.pem")
            case .emptyKey: try scratch.write("", to: "authority/key.pem")
            case .tornKey, .tornCertificate:
                let name = self == .tornKey ? "authority/key.pem" : "authority/certificate.pem"
                try scratch.write(String(try scratch.read(name).dropLast(60)), to: name)
            case .otherKey, .leaf:
                let other = try Scratch()
                let authority = try AuthorityFolder(other.path + "/authority").open(at: now)
                    .authority
                try scratch.write(try other.read("authority/key.pem"), to: "authority/key.pem")
                guard self == .leaf else { return }
                try authority.credential().save(to: other.path + "/worker.pem")
                // A worker's key and certificate where the authority's should be.
                let parts = try other.read("worker.pem").components(separatedBy: "-----BEGIN ")
                try scratch.write("-----BEGIN " + parts[1], to: "authority/key.pem")
                try scratch.write("-----BEGIN " + parts[2], to: "authority/certificate.pem")
            case .openKey: try scratch.setMode(0o640, of: "authority/key.pem")
            case .openFolder: try scratch.setMode(0o755, of: "authority")
            case .notAFolder:
                try files.removeItem(atPath: folder)
                try Data("x".utf8).write(to: URL(fileURLWithPath: folder))
            }
        }
    }

    @Test(
        "that is not as it was left is refused, and not a byte is changed",
        arguments: Damage.allCases)
    func refused(damage: Damage) throws {
        let scratch = try Scratch()
        _ = try open(scratch)
        try damage.happen(in: scratch)
        let before = try scratch.contents()
        let text = refusal { _ = try open(scratch) }
        #expect(text.contains(damage.complaint), "\(text)")
        #expect(text.contains(scratch.path + "/authority"))
        #expect(try scratch.contents() == before)
    }

    @Test("whose authority has ended, or not begun, says so", arguments: [-1, 11] as [Int64])
    func ended(years: Int64) throws {
        let scratch = try Scratch()
        _ = try open(scratch)
        let text = refusal {
            _ = try open(scratch, at: now + .seconds(years * 365 * 86_400))
        }
        #expect(text.contains("not valid now"), "\(text)")
    }
}
