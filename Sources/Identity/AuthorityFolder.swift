import Crypto
import Glibc
public import Model
import SwiftASN1
import X509

/// Where a manager keeps its authority: a folder with two files in PEM, `key.pem` and
/// `certificate.pem`, for its user alone.
///
/// Blocking; for use on a thread that may wait for a disk.
public struct AuthorityFolder: Sendable {
    private let path: String

    public init(_ path: String) {
        self.path = path
    }

    private var key: String { path + "/key.pem" }
    private var certificate: String { path + "/certificate.pem" }

    /// The authority of the folder; a new one if there is no folder yet. A folder that is damaged,
    /// of something else, or open to other users is refused and left as it is.
    public func open(
        at now: WallTime
    ) throws(IdentityError) -> (authority: CertificateAuthority, isNew: Bool) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw PrivateFile.failure("\(path) can't be read") }
            return (try make(at: now), true)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw unusable("it is not a folder")
        }
        try PrivateFile.refuseOpen(status, path)
        return (try load(at: now), false)
    }

    /// The folder gets its name when it is whole, so that a crash leaves all of it or nothing.
    private func make(at now: WallTime) throws(IdentityError) -> CertificateAuthority {
        let authority = try CertificateAuthority(at: now)
        let draft = AuthorityFolder(path + ".new")
        unlink(draft.key)
        unlink(draft.certificate)
        rmdir(draft.path)
        guard mkdir(draft.path, 0o700) == 0 else {
            throw PrivateFile.failure("\(draft.path) can't be made")
        }
        try PrivateFile.writeInPlace(authority.keyText, to: draft.key)
        try PrivateFile.writeInPlace(PEM.certificate(authority.der), to: draft.certificate)
        try PrivateFile.sync(draft.path)
        guard rename(draft.path, path) == 0 else {
            throw PrivateFile.failure("\(path) can't be put in place")
        }
        try PrivateFile.sync(PrivateFile.folder(of: path))
        return authority
    }

    private func load(at now: WallTime) throws(IdentityError) -> CertificateAuthority {
        guard let keyText = try PrivateFile.read(key) else { throw unusable("key.pem is missing") }
        guard let certificateText = try PrivateFile.read(certificate) else {
            throw unusable("certificate.pem is missing")
        }
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: keyText) else {
            throw unusable("key.pem is damaged or holds another kind of key")
        }
        guard let certificate = try? Certificate(pemEncoded: certificateText) else {
            throw unusable("certificate.pem is damaged")
        }
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
            throw unusable("certificate.pem is not for the key in key.pem")
        }
        guard Trust.isAuthority(certificate) else {
            throw unusable("certificate.pem is not the certificate of an authority of Muster's")
        }
        let start = certificate.notValidBefore.wallTime
        guard start <= now, now < certificate.notValidAfter.wallTime else {
            throw unusable("certificate.pem is not valid now; is this machine's clock right?")
        }
        do {
            return try CertificateAuthority(certificate, key)
        } catch {
            throw unusable("certificate.pem is damaged")
        }
    }

    private func unusable(_ what: String) -> IdentityError {
        IdentityError(
            .data,
            "The certificate authority in \(path) can't be used: \(what). Nothing was changed. "
                + "Restore the folder from a backup; or move it away to make a new authority, and "
                + "every worker must join again with a new token.")
    }
}
