/// Writes JSON text as bytes, in its shortest form.
///
/// What is between a value and the next one is told by the last byte: only `{`, `[` and `:` are not
/// followed by a comma. Foundation's encoder makes a tree of dictionaries of each answer first, at
/// ten times the cost.
struct JSONWriter: ~Copyable {
    /// Owned by this value alone: no array, whose owner is looked for at each byte.
    private var buffer: UnsafeMutableBufferPointer<UInt8>
    private var count = 0
    /// Whether times are ISO 8601 texts, as in events, and not epoch seconds.
    let writesTimesAsText: Bool

    init(timesAsText: Bool = false) {
        buffer = .allocate(capacity: 1_024)
        writesTimesAsText = timesAsText
    }

    deinit {
        buffer.deallocate()
    }

    var bytes: [UInt8] { Array(UnsafeBufferPointer(rebasing: buffer[..<count])) }

    // MARK: Objects and lists

    /// Callers give members sorted by name, so that the same answer is the same bytes.
    mutating func object(_ members: (inout JSONWriter) -> Void) {
        append(UInt8(ascii: "{"))
        members(&self)
        append(UInt8(ascii: "}"))
    }

    /// An object with members of others' after its own.
    mutating func object(_ value: some JSONWritable, and members: (inout JSONWriter) -> Void) {
        value.write(to: &self)
        count -= 1
        members(&self)
        append(UInt8(ascii: "}"))
    }

    /// Leaves out what is not there.
    ///
    /// - Parameter name: Of letters and digits: it is written as it is.
    mutating func member(_ name: StaticString, _ value: (some JSONWritable)?) {
        guard let value else { return }
        name.withUTF8Buffer { name in
            reserve(name.count + 4)
            separate(after: UInt8(ascii: "{"))
            put(UInt8(ascii: "\""))
            put(name)
            put(UInt8(ascii: "\""))
            put(UInt8(ascii: ":"))
        }
        value.write(to: &self)
    }

    mutating func member(named name: String, _ value: some JSONWritable) {
        reserve(1)
        separate(after: UInt8(ascii: "{"))
        string(name)
        append(UInt8(ascii: ":"))
        value.write(to: &self)
    }

    mutating func list(_ elements: [some JSONWritable]) {
        append(UInt8(ascii: "["))
        for element in elements {
            reserve(1)
            separate(after: UInt8(ascii: "["))
            element.write(to: &self)
        }
        append(UInt8(ascii: "]"))
    }

    // MARK: Scalars

    mutating func integer(_ value: some FixedWidthInteger) {
        reserve(21)
        if value < 0 { put(UInt8(ascii: "-")) }
        var rest = UInt64(value.magnitude)
        var end = count + 1
        while rest > 9 {
            end += 1
            rest /= 10
        }
        rest = UInt64(value.magnitude)
        for place in (count..<end).reversed() {
            buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        count = end
    }

    /// Text that is JSON already.
    mutating func verbatim(_ text: StaticString) {
        text.withUTF8Buffer { text in
            reserve(text.count)
            put(text)
        }
    }

    mutating func verbatim(_ text: String) {
        var text = text
        text.withUTF8 { text in
            reserve(text.count)
            put(text)
        }
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { text in
            reserve(text.count + 2)
            put(UInt8(ascii: "\""))
            if Self.isPlain(text) {
                put(text)
            } else {
                for byte in text { escaped(byte) }
            }
            append(UInt8(ascii: "\""))
        }
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
                append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        default: append(byte)
        }
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

    // MARK: The buffer

    /// Makes room for so many bytes more.
    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if buffer.count - count < more { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(
            capacity: max(buffer.count * 2, count + more))
        _ = larger[...].initialize(fromContentsOf: buffer[..<count])
        buffer.deallocate()
        buffer = larger
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        reserve(1)
        put(byte)
    }

    /// There is room: ``reserve(_:)`` made it.
    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }

    @inline(__always)
    private mutating func put(_ text: UnsafeBufferPointer<UInt8>) {
        _ = buffer[count...].initialize(fromContentsOf: text)
        count += text.count
    }

    private mutating func separate(after opening: UInt8) {
        if count > 0, buffer[count - 1] != opening { put(UInt8(ascii: ",")) }
    }
}
