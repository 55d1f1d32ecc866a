import Foundation
import Identity
import Model
import Testing

@Suite("What seals the secrets of access keys")
struct SecretVaultTests {
    private func withPath(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-vault-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path + "/sealing.key")
    }

    @Test("opens again what it sealed, for the same id alone, and no other vault does")
    func seal() throws {
        try withPath { path in
            let (id, secret) = SecretVault.newAccessKey()
            let (other, _) = SecretVault.newAccessKey()
            let sealed = try SecretVault.open(path).seal(secret, for: id)
            #expect(!sealed.text.contains(secret) && "\(sealed)" == "sealed")
            let again = try SecretVault.open(path)
            #expect(again.unseal(sealed, for: id) == secret)
            #expect(again.unseal(sealed, for: other) == nil)
            let altered = SealedSecret(text: "A" + sealed.text.dropFirst())
            #expect(altered == sealed || again.unseal(altered, for: id) == nil)
            #expect(again.unseal(SealedSecret(text: "no base64"), for: id) == nil)
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            #expect(try SecretVault.open(path).unseal(sealed, for: id) == nil)
            #expect("\(again)" == "vault")
        }
    }

    @Test("is for its user alone; what is open to others, or damaged, is refused and left")
    func file() throws {
        try withPath { path in
            _ = try SecretVault.open(path)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
            #expect(throws: IdentityError.self) { try SecretVault.open(path) }
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try PrivateFile.write(String(text.dropLast(2)), to: path)
            let refusal = #expect(throws: IdentityError.self) { try SecretVault.open(path) }
            #expect(refusal?.message.contains("Restore it from a backup") == true)
            #expect(try PrivateFile.read(path) == String(text.dropLast(2)))
        }
    }

    @Test("Keys have the form of AWS's, and none comes twice")
    func keys() {
        let keys = (0..<100).map { _ in SecretVault.newAccessKey() }
        #expect(Set(keys.map(\.id)).count == 100 && Set(keys.map(\.secret)).count == 100)
        #expect(keys.allSatisfy { $0.id.description.hasPrefix("MUSTER") })
        #expect(keys.allSatisfy { $0.secret.utf8.count == 40 })
    }
}
