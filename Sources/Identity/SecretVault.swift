import Crypto
import Foundation
public import Model

/// Seals the secrets of access keys: signatures are checked with the secret itself, so that a hash
/// would not do. What seals them is in a file of its own, so that the journal, its copies and
/// whoever looks back in it tell nothing.
public struct SecretVault: Sendable, CustomStringConvertible {
    private let key: SymmetricKey

    private init(_ key: SymmetricKey) {
        self.key = key
    }

    /// The vault whose key is in a file; a new one if there is no file yet. A file that is damaged,
    /// of something else, or open to other users is refused and left as it is.
    ///
    /// Blocking; for use on a thread that may wait for a disk.
    public static func open(_ path: String) throws(IdentityError) -> SecretVault {
        guard let text = try PrivateFile.read(path) else { return try make(path) }
        guard let fingerprint = Fingerprint(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else {
            throw IdentityError(
                .data,
                "\(path), which seals the secrets of access keys, is damaged or not Muster's. "
                    + "Nothing was changed. Restore it from a backup; or move it away, and make "
                    + "new access keys with 'muster key create --data DIR' while no manager runs.")
        }
        return SecretVault(SymmetricKey(data: fingerprint.bytes))
    }

    private static func make(_ path: String) throws(IdentityError) -> SecretVault {
        let key = SymmetricKey(size: .bits256)
        let bytes = key.withUnsafeBytes { Array($0) }
        guard let text = Fingerprint(bytes) else {
            preconditionFailure("256 bits are 32 bytes")
        }
        try PrivateFile.write("\(text)\n", to: path)
        return SecretVault(key)
    }

    /// The seal is good for this key's id alone.
    public func seal(_ secret: String, for id: AccessKeyID) throws(IdentityError) -> SealedSecret {
        do {
            let box = try ChaChaPoly.seal(
                Array(secret.utf8), using: key, authenticating: Array(id.description.utf8))
            return SealedSecret(text: box.combined.base64EncodedString())
        } catch {
            throw IdentityError(.invalid, "the secret of access key \(id) can't be sealed")
        }
    }

    /// - Returns: `nil` when it was sealed by another vault, for another id, or was altered.
    public func unseal(_ sealed: SealedSecret, for id: AccessKeyID) -> String? {
        guard let data = Data(base64Encoded: sealed.text),
            let box = try? ChaChaPoly.SealedBox(combined: data),
            let secret = try? ChaChaPoly.open(
                box, using: key, authenticating: Array(id.description.utf8))
        else { return nil }
        return String(decoding: secret, as: UTF8.self)
    }

    public var description: String { "vault" }

    /// An id and a secret for a new access key, in the form of AWS's: 20 capital letters and
    /// digits, and 40 characters of Base64.
    public static func newAccessKey() -> (id: AccessKeyID, secret: String) {
        var random = SystemRandomNumberGenerator()
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        let draws = (0..<14).map { _ in letters[Int.random(in: 0..<32, using: &random)] }
        let bytes = (0..<30).map { _ in UInt8.random(in: 0...255, using: &random) }
        guard let id = AccessKeyID("MUSTER" + String(draws)) else {
            preconditionFailure("20 letters and digits")
        }
        return (id, Data(bytes).base64EncodedString())
    }
}
