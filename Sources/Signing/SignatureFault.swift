/// Why a request is not taken for its signer's, with AWS's words.
public enum SignatureFault: Error, Hashable, Sendable {
    /// It is not signed.
    case missing
    /// What it says of its signature is not whole.
    case incomplete(String)
    /// There is no such key, or no longer, or it is one of a session.
    case unknownKey
    /// The signature is not of this request, or not of now.
    case invalid(String)
}
