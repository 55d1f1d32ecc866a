/// gRPC's encoding of `grpc-message`: printable ASCII but `%` stands for itself, every other byte
/// of the UTF-8 text is `%` and two hexadecimal digits.
package enum PercentEncoding {
    /// Encodes at most `maximum` bytes of a text, cut between characters.
    package static func encode(_ text: String, maximum: Int) -> String {
        var encoded: [UInt8] = []
        var taken = 0
        for character in text {
            taken += character.utf8.count
            guard taken <= maximum else { break }
            for byte in character.utf8 {
                if (0x20...0x7E).contains(byte) && byte != 0x25 {
                    encoded.append(byte)
                } else {
                    encoded += [0x25, digit(byte >> 4), digit(byte & 0xF)]
                }
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Decodes leniently, as the specification asks: what is no escape stands for itself, and what
    /// is not UTF-8 is replaced.
    package static func decode(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2, let high = value(rest[rest.startIndex]),
                let low = value(rest[rest.startIndex + 1])
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x37 + value
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
