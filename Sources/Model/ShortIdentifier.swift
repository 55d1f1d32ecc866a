/// The form in which ECS writes the ids of service deployments: 21 letters, digits, `-` and `_`,
/// which hold 126 bits.
extension Identifier {
    private static var alphabet: [UInt8] {
        Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    }

    /// The same identifier without the two bits that ``short`` has no room for.
    public var shortened: Self { Self(high: high & (.max >> 2), low: low) }

    public var short: String {
        let alphabet = Self.alphabet
        var rest = self
        var digits: [UInt8] = []
        for _ in 0..<21 {
            digits.append(alphabet[Int(rest.low & 63)])
            rest = Self(high: rest.high >> 6, low: rest.low >> 6 | rest.high << 58)
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    /// Reads what ``short`` wrote; `nil` for anything else.
    public init?(short text: String) {
        guard text.utf8.count == 21 else { return nil }
        let alphabet = Self.alphabet
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in text.utf8 {
            guard let digit = alphabet.firstIndex(of: byte) else { return nil }
            high = high << 6 | low >> 58
            low = low << 6 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }
}
