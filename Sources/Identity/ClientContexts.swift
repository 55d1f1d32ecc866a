public import NIOSSL
public import Model

/// TLS settings of workers: TLS 1.3 alone, ALPN `h2`.
public enum ClientContexts {
    /// What workers offer for agreeing on keys: without the hybrid X25519MLKEM768, which would be
    /// there by default. See the module's README.
    private static let curves: [NIOTLSCurve] = [.x25519, .secp256r1]

    /// Shows no certificate; trusts a manager of one authority alone. For joining.
    ///
    /// - Parameter authority: its certificate in DER.
    public static func joining(authority: [UInt8]) throws(IdentityError) -> NIOSSLContext {
        try context(trusting: authority) { _ in }
    }

    /// For a look at a stranger's certificates: who uses it decides by a callback of its own and
    /// sends nothing.
    public static func probing() throws(IdentityError) -> NIOSSLContext {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv13
            configuration.curves = curves
            configuration.applicationProtocols = ["h2"]
            configuration.trustRoots = .certificates([])
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw IdentityError(.invalid, "TLS can't be set up: \(error)")
        }
    }

    /// The certificate among a server's that a token pins, in DER.
    public static func authority(
        pinned fingerprint: Fingerprint, in chain: [NIOSSLCertificate]
    ) -> [UInt8]? {
        chain.lazy.compactMap { try? $0.toDERBytes() }
            .first { Fingerprint(hashing: $0) == fingerprint }
    }

    static func context(
        trusting authority: [UInt8], _ adjust: (inout TLSConfiguration) throws -> Void
    ) throws(IdentityError) -> NIOSSLContext {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv13
            configuration.curves = curves
            configuration.applicationProtocols = ["h2"]
            configuration.certificateVerification = .fullVerification
            configuration.trustRoots = .certificates([
                try NIOSSLCertificate(bytes: authority, format: .der)
            ])
            try adjust(&configuration)
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw IdentityError(.invalid, "TLS can't be set up: \(error)")
        }
    }
}
