/// A SHA-256 digest: of a secret that is kept nowhere, a public key, or a certificate. Written as
/// 64 lower-case hexadecimal digits.
public struct Fingerprint: Hashable, Sendable {
    /// The first and the last 16 bytes, big-endian.
    private let head: Identifier<Self>
    private let tail: Identifier<Self>

    /// `nil` unless there are 32 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        head = Identifier(high: words[0], low: words[1])
        tail = Identifier(high: words[2], low: words[3])
    }

    /// Reads 64 hexadecimal digits; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 64, let head = Identifier<Self>(text.prefix(32)),
            let tail = Identifier<Self>(text.suffix(32))
        else { return nil }
        self.head = head
        self.tail = tail
    }

    public var bytes: [UInt8] {
        [head.high, head.low, tail.high, tail.low].flatMap { word in
            stride(from: 56, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: word >> UInt64($0))
            }
        }
    }

    /// Compares in a time that does not tell how much of the two is the same.
    public func matches(_ other: Fingerprint) -> Bool {
        let difference =
            (head.high ^ other.head.high) | (head.low ^ other.head.low)
            | (tail.high ^ other.tail.high) | (tail.low ^ other.tail.low)
        return difference == 0
    }
}

extension Fingerprint: CustomStringConvertible {
    public var description: String { "\(head)\(tail)" }
}

extension Fingerprint: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let fingerprint = Fingerprint(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not 64 hexadecimal digits: \(text)")
        }
        self = fingerprint
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
