import Model

/// Values as JSON, written in one go: keys in the order in which a type encodes them.
///
/// Every change of the cluster passes through here, so it counts: Foundation's encoder makes a tree
/// of dictionaries first, which costs several times as much. A container may be written to until
/// its parent is written to again, which is how Swift's own conformances do it. Types that encode a
/// dictionary would come out in its order, which differs from run to run; the model has none.
package final class JSONText {
    // Checks of exclusive access would be a quarter of all work here, for what no call ever holds
    // while it makes another.
    @exclusivity(unchecked) var bytes: [UInt8] = []
    /// What ends each open container.
    @exclusivity(unchecked) fileprivate var ends: [UInt8] = []

    /// Holds the value that was written, and its text.
    @exclusivity(unchecked) private var shared: (holder: AnyObject, text: [UInt8])?

    package init() {}

    /// One value's text. Texts that one object makes after another are written faster where their
    /// values share a part (`Model.Shared`).
    package func encode(_ value: some Encodable) throws -> String {
        try encode { try write(value: value) }
    }

    func encode(_ write: () throws -> Void) rethrows -> String {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        try write()
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate func write(value: some Encodable, of holder: AnyObject) throws {
        if let shared, shared.holder === holder {
            bytes += shared.text
        } else {
            let start = bytes.count
            if let origin = value as? TaskOrigin {
                try write(origin)
            } else {
                try write(value: value)
            }
            shared = (holder, Array(bytes[start...]))
        }
    }

    /// Writes a value, and closes what it opened.
    func write(value: some Encodable) throws {
        let depth = ends.count
        let start = bytes.count
        try value.encode(to: ValueEncoder(text: self))
        close(to: depth)
        if bytes.count == start { bytes += [UInt8(ascii: "{"), UInt8(ascii: "}")] }
    }

    fileprivate func open(_ start: Unicode.Scalar, _ end: Unicode.Scalar) -> Int {
        bytes.append(UInt8(ascii: start))
        ends.append(UInt8(ascii: end))
        return ends.count
    }

    fileprivate func close(to depth: Int) {
        precondition(depth <= ends.count, "a JSON container is written to after its end")
        while let end = ends.last, ends.count > depth {
            bytes.append(end)
            ends.removeLast()
        }
    }

    /// Begins the next member of a container.
    fileprivate func next(at depth: Int, key: (some CodingKey)?) {
        close(to: depth)
        let isFirst = bytes.last == UInt8(ascii: "{") || bytes.last == UInt8(ascii: "[")
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        guard let key else { return }
        write(key.stringValue)
        bytes.append(UInt8(ascii: ":"))
    }

    func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for (index, byte) in utf8.enumerated() where !Self.isPlain(byte) {
                bytes.append(contentsOf: utf8[start..<index])
                writeEscaped(byte)
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private func writeEscaped(_ byte: UInt8) {
        if byte < 0x20 {
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 0xF)])
        } else {
            bytes += [UInt8(ascii: "\\"), byte]
        }
    }

    /// Digits without a `String` in between.
    func write(number: some FixedWidthInteger) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = UInt64(number.magnitude)
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    fileprivate func write(_ value: Bool) {
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    fileprivate func writeNull() {
        bytes.append(contentsOf: "null".utf8)
    }

    fileprivate func write(
        fraction value: some BinaryFloatingPoint & CustomStringConvertible
    ) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "\(value) has no form in JSON"))
        }
        bytes.append(contentsOf: value.description.utf8)
    }
}

/// Writes one value where the text ends.
private struct ValueEncoder: SharedValueEncoder, SingleValueEncodingContainer {
    let text: JSONText

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedContainer(text: text, depth: text.open("{", "}")))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedContainer(text: text, depth: text.open("[", "]"))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { text.writeNull() }
    func encode(_ value: Bool) { text.write(value) }
    func encode(_ value: String) { text.write(value) }
    func encode(_ value: Double) throws { try text.write(fraction: value) }
    func encode(_ value: Float) throws { try text.write(fraction: value) }
    func encode(_ value: Int) { text.write(number: value) }
    func encode(_ value: Int8) { text.write(number: value) }
    func encode(_ value: Int16) { text.write(number: value) }
    func encode(_ value: Int32) { text.write(number: value) }
    func encode(_ value: Int64) { text.write(number: value) }
    func encode(_ value: UInt) { text.write(number: value) }
    func encode(_ value: UInt8) { text.write(number: value) }
    func encode(_ value: UInt16) { text.write(number: value) }
    func encode(_ value: UInt32) { text.write(number: value) }
    func encode(_ value: UInt64) { text.write(number: value) }
    func encode(_ value: some Encodable) throws { try text.write(value: value) }
    func encode(_ value: some Encodable, of holder: AnyObject) throws {
        try text.write(value: value, of: holder)
    }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let text: JSONText
    let depth: Int

    var codingPath: [any CodingKey] { [] }

    private func next(_ key: some CodingKey) -> ValueEncoder {
        text.next(at: depth, key: key)
        return ValueEncoder(text: text)
    }

    func encodeNil(forKey key: Key) { next(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) { next(key).encode(value) }
    func encode(_ value: String, forKey key: Key) { next(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) { next(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) { next(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) { next(key).encode(value) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try next(key).encode(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        next(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        next(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { next(SuperKey.super) }
    func superEncoder(forKey key: Key) -> any Encoder { next(key) }
}

private struct UnkeyedContainer: UnkeyedEncodingContainer {
    let text: JSONText
    let depth: Int
    private(set) var count = 0

    init(text: JSONText, depth: Int) {
        self.text = text
        self.depth = depth
    }

    var codingPath: [any CodingKey] { [] }

    private mutating func next() -> ValueEncoder {
        text.next(at: depth, key: SuperKey?.none)
        count += 1
        return ValueEncoder(text: text)
    }

    mutating func encodeNil() { next().encodeNil() }
    mutating func encode(_ value: some Encodable) throws { try next().encode(value) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        next().unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { next() }
}

/// What Swift calls the value of a superclass.
private enum SuperKey: CodingKey {
    case `super`
}
