public import Model

/// A join token as it is handed to a worker: the id that the manager knows it by, the secret, and
/// the fingerprint of the authority, so that the worker takes no other manager for this one.
///
/// Its description does not tell the secret; ``text`` does.
public struct JoinTokenText: Hashable, Sendable, CustomStringConvertible {
    public let id: JoinTokenID
    /// 32 bytes.
    public let secret: [UInt8]
    /// Of the authority's certificate.
    public let authority: Fingerprint

    private static let prefix = "muster-1-"

    public init(id: JoinTokenID, secret: [UInt8], authority: Fingerprint) {
        self.id = id
        self.secret = secret
        self.authority = authority
    }

    /// Reads `muster-1-` and 160 hexadecimal digits, with white space around. Does not repeat the
    /// text when it is wrong: it might be nearly right.
    public init(_ text: some StringProtocol) throws(IdentityError) {
        let wrong = IdentityError(
            .invalid,
            "this is no join token. One begins with \(Self.prefix) and has 160 digits after it; "
                + "make one with 'muster token create --cluster NAME'")
        let words = text.split { $0.isWhitespace }
        guard words.count == 1, words[0].hasPrefix(Self.prefix) else { throw wrong }
        let digits = words[0].dropFirst(Self.prefix.count)
        guard digits.utf8.count == 160, let id = JoinTokenID(digits.prefix(32)),
            let secret = Fingerprint(digits.dropFirst(32).prefix(64)),
            let authority = Fingerprint(digits.suffix(64))
        else { throw wrong }
        self.init(id: id, secret: secret.bytes, authority: authority)
    }

    /// A secret for a new token.
    public static func newSecret() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<4).flatMap { _ in
            let word: UInt64 = random.next()
            return stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    public var text: String {
        "\(Self.prefix)\(id)\(Fingerprint(secret).map { "\($0)" } ?? "")\(authority)"
    }

    public var description: String { "join token \(id)" }
}
