import Crypto
import Foundation
import Identity
import Model
import NIOSSL
import SwiftASN1
import Synchronization
import Testing

/// Key and certificates of a worker, taken out of its file as a thief would.
struct TLSParts {
    let key: NIOSSLPrivateKey
    let leaf: NIOSSLCertificate

    init(_ credential: WorkerCredential) throws {
        let scratch = try Scratch()
        try credential.save(to: scratch.path + "/identity.pem")
        let text = try scratch.read("identity.pem")
        let parts = try PEMDocument.parseMultiple(
            pemString: String(text.drop { $0 != "\n" }.dropFirst()))
        key = try NIOSSLPrivateKey(
            bytes: Array(parts[0].pemString.utf8), format: .pem)
        leaf = try NIOSSLCertificate(bytes: parts[1].derBytes, format: .der)
    }

    /// Shows them to whatever manager an authority vouches for.
    func context(
        trusting authority: CertificateAuthority, checksName: Bool = true
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["h2"]
        configuration.trustRoots = .certificates([
            try NIOSSLCertificate(bytes: authority.der, format: .der)
        ])
        if !checksName { configuration.certificateVerification = .noHostnameVerification }
        configuration.certificateChain = [.certificate(leaf)]
        configuration.privateKey = .privateKey(key)
        return try NIOSSLContext(configuration: configuration)
    }
}

/// A clock that a test moves.
final class Clock: Sendable {
    private let time = Mutex(WallTime.now)

    var now: WallTime { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }
}
