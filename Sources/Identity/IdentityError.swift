/// Why a key, a certificate or a token can't be used. The message says what happened, to which
/// object, and what to do.
public struct IdentityError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A file can't be read or written.
        case file
        /// A file is damaged, not Muster's, or open to others.
        case data
        /// A token, a request or a certificate that is wrong in itself.
        case invalid
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
