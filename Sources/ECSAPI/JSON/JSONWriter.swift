/// Writes JSON text as bytes, in its shortest form.
///
/// What is between a value and the next one is told by the last byte: only `{`, `[` and `:` are not
/// followed by a comma. Foundation's encoder makes a tree of dictionaries of each answer first, at
/// ten times the cost.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 1_024) {
        bytes.reserveCapacity(capacity)
    }

    /// Callers give members sorted by name, so that the same answer is the same bytes.
    mutating func object(_ members: (inout JSONWriter) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        members(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    /// Leaves out what is not there.
    ///
    /// - Parameter name: Of letters and digits: it is written as it is.
    mutating func member(_ name: StaticString, _ value: (some JSONWritable)?) {
        guard let value else { return }
        separate(after: UInt8(ascii: "{"))
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        value.write(to: &self)
    }

    mutating func member(named name: String, _ value: some JSONWritable) {
        separate(after: UInt8(ascii: "{"))
        string(name)
        bytes.append(UInt8(ascii: ":"))
        value.write(to: &self)
    }

    mutating func list(_ elements: [some JSONWritable]) {
        bytes.append(UInt8(ascii: "["))
        for element in elements {
            separate(after: UInt8(ascii: "["))
            element.write(to: &self)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        var value = value
        guard value < 0 || value > 9 else { return bytes.append(UInt8(ascii: "0") + UInt8(value)) }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        while value != 0 {
            let digit = value % 10
            bytes.append(UInt8(ascii: "0") + UInt8(digit.magnitude))
            value /= 10
        }
        bytes[start...].reverse()
    }

    /// Text that is JSON already.
    mutating func verbatim(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func verbatim(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            if Self.isPlain(text) {
                bytes.append(contentsOf: text)
            } else {
                for byte in text { escaped(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func separate(after opening: UInt8) {
        if bytes.last != opening { bytes.append(UInt8(ascii: ",")) }
    }

    /// Whether nothing has to be escaped. Eight bytes are looked at in one step: of a word's bytes,
    /// those below a bound (or equal to a byte) are the ones in which a subtraction borrows.
    private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawBufferPointer(text)
        var index = 0
        while index + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let control = (word &- (ones &* 0x20)) & ~word
            let equal = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
            if (control | equal) & tops != 0 { return false }
            index += 8
        }
        return raw[index...].allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22: verbatim("\\\"")
        case 0x5C: verbatim("\\\\")
        case 0x08: verbatim("\\b")
        case 0x09: verbatim("\\t")
        case 0x0A: verbatim("\\n")
        case 0x0C: verbatim("\\f")
        case 0x0D: verbatim("\\r")
        case 0x00..<0x20:
            verbatim("\\u00")
            for digit in [byte >> 4, byte & 0xF] {
                bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        default: bytes.append(byte)
        }
    }
}
