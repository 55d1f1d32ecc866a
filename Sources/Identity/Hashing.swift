import Crypto
public import Model

extension Fingerprint {
    /// The SHA-256 of bytes.
    public init(hashing bytes: some Sequence<UInt8>) {
        let digest = SHA256.hash(data: Array(bytes))
        guard let fingerprint = Fingerprint(Array(digest)) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        self = fingerprint
    }
}
