import Crypto

/// What signs the requests of one scope; made of a secret.
struct SigningKey: Sendable {
    private let key: SymmetricKey

    init(secret: String, scope: CredentialScope) {
        var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
        for part in [scope.date, scope.region, scope.service, CredentialScope.terminator] {
            key = SymmetricKey(data: Self.code(part, key))
        }
        self.key = key
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        var text = text
        return text.withUTF8 { HMAC<SHA256>.authenticationCode(for: $0, using: key) }
    }

    func signature(of text: String) -> String { Hex.text(Self.code(text, key)) }

    /// Compares in a time that does not tell how much of the two is the same.
    func isSignature(_ bytes: [UInt8], of text: String) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            bytes, authenticating: Array(text.utf8), using: key)
    }

    /// What is signed of a request.
    static func stringToSign(
        _ canonical: String, at time: String, in scope: CredentialScope
    ) -> String {
        var canonical = canonical
        let hash = canonical.withUTF8 { Hex.text(SHA256.hash(data: $0)) }
        return "\(Authorization.algorithm)\n\(time)\n\(scope.text)\n\(hash)"
    }
}
