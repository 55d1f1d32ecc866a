/// Reads JSON text (RFC 8259) from its start to its end, and says where a value is that can't be
/// taken.
///
/// What is read says what it expects: nothing is built that is not wanted. Of members that come
/// twice the last one counts.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0
    /// The members and elements that lead to the value being read.
    private var path: [Step] = []

    private enum Step {
        case member(String)
        case element(Int)
    }

    private static let depthMaximum = 512
    static let malformed = RequestFault.malformed("The request body is not valid JSON.")

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads the one value that the text is.
    static func read<Shape: JSONReadable>(
        _ type: Shape.Type, from bytes: [UInt8]
    ) throws(RequestFault) -> Shape {
        var reader = JSONReader(bytes)
        let value = try Shape(from: &reader)
        guard reader.next() == nil else { throw malformed }
        return value
    }

    // MARK: Faults

    /// Such as `containerDefinitions[0].name`.
    var place: String {
        path.reduce(into: "") { text, step in
            switch step {
            case .member(let name): text += (text.isEmpty ? "" : ".") + name
            case .element(let index): text += "[\(index)]"
            }
        }
    }

    private var shownPlace: String { path.isEmpty ? "the top" : "'\(place)'" }

    /// The value that comes is not what is expected, or is no JSON at all.
    private mutating func mismatch(_ expected: String) -> RequestFault {
        let place = shownPlace
        let isNull = next() == UInt8(ascii: "n")
        do { try skipValue() } catch { return error }
        return .malformed(
            isNull
                ? "The value at \(place) is null: \(expected) is expected."
                : "The value at \(place) has the wrong type: \(expected) is expected.")
    }

    private func outOfRange() -> RequestFault {
        .malformed(
            "The number at \(shownPlace) is out of range, or has a fraction where an integer is "
                + "expected.")
    }

    // MARK: Objects and lists

    /// Reads an object: the closure is given the name of each member and must read its value.
    mutating func object(
        _ member: (inout JSONReader, String) throws(RequestFault) -> Void
    ) throws(RequestFault) {
        guard next() == UInt8(ascii: "{") else { throw mismatch("an object") }
        try enter(.member(""))
        if next() == UInt8(ascii: "}") { return leave() }
        while true {
            guard next() == UInt8(ascii: "\"") else { throw Self.malformed }
            let name = try text()
            path[path.count - 1] = .member(name)
            guard next() == UInt8(ascii: ":") else { throw Self.malformed }
            position += 1
            try member(&self, name)
            if try isLast(before: UInt8(ascii: "}")) { return leave() }
        }
    }

    mutating func list<Element: JSONReadable>() throws(RequestFault) -> [Element] {
        guard next() == UInt8(ascii: "[") else { throw mismatch("a list") }
        try enter(.element(0))
        var elements: [Element] = []
        guard next() != UInt8(ascii: "]") else {
            leave()
            return elements
        }
        while true {
            elements.append(try Element(from: &self))
            path[path.count - 1] = .element(elements.count)
            if try isLast(before: UInt8(ascii: "]")) {
                leave()
                return elements
            }
        }
    }

    /// A member's value; `null` stands for none.
    mutating func member<Value: JSONReadable>() throws(RequestFault) -> Value? {
        if next() == UInt8(ascii: "n") {
            try literal("null")
            return nil
        }
        return try Value(from: &self)
    }

    /// Passes over a value of any kind.
    mutating func skipValue() throws(RequestFault) {
        struct Skipped: JSONReadable {
            init(from json: inout JSONReader) throws(RequestFault) { try json.skipValue() }
        }
        switch try kind() {
        case .null: break
        case .bool: _ = try bool()
        case .number: _ = try number()
        case .string: _ = try string()
        case .list: _ = try list() as [Skipped]
        case .object: try object { json, _ throws(RequestFault) in try json.skipValue() }
        }
    }

    private mutating func enter(_ step: Step) throws(RequestFault) {
        guard path.count < Self.depthMaximum else { throw Self.malformed }
        position += 1
        path.append(step)
    }

    private mutating func leave() {
        position += 1
        path.removeLast()
    }

    private mutating func isLast(before closing: UInt8) throws(RequestFault) -> Bool {
        let byte = next()
        if byte == closing { return true }
        guard byte == UInt8(ascii: ",") else { throw Self.malformed }
        position += 1
        return false
    }

    // MARK: Scalars

    mutating func string() throws(RequestFault) -> String {
        guard next() == UInt8(ascii: "\"") else { throw mismatch("a string") }
        return try text()
    }

    mutating func bool() throws(RequestFault) -> Bool {
        switch next() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw mismatch("true or false")
        }
    }

    mutating func integer() throws(RequestFault) -> Int {
        guard isNumber(next()) else { throw mismatch("an integer") }
        let number = try number()
        if let value = Int(number) { return value }
        guard let value = Double(number), let integer = Int(exactly: value) else {
            throw outOfRange()
        }
        return integer
    }

    mutating func double() throws(RequestFault) -> Double {
        guard isNumber(next()) else { throw mismatch("a number") }
        guard let value = Double(try number()), value.isFinite else { throw outOfRange() }
        return value
    }

    /// What comes, for those that take any value.
    mutating func kind() throws(RequestFault) -> Kind {
        switch next() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .list
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        case let byte where isNumber(byte): return .number
        default: throw Self.malformed
        }
    }

    /// `null` is passed over when it is told of.
    enum Kind { case object, list, string, bool, number, null }

    private func isNumber(_ byte: UInt8?) -> Bool {
        byte.map { $0 == UInt8(ascii: "-") || isDigit($0) } ?? false
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The next byte that is no white space; `nil` at the end.
    private mutating func next() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    private mutating func literal(_ text: StaticString) throws(RequestFault) {
        let matches = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
        guard matches else { throw Self.malformed }
        position += text.utf8CodeUnitCount
    }

    /// The digits of a number, checked by its grammar.
    private mutating func number() throws(RequestFault) -> String {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let integer = try digits()
        if bytes[integer] == UInt8(ascii: "0"), position - integer > 1 { throw Self.malformed }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            _ = try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, "+-".utf8.contains(bytes[position]) { position += 1 }
            _ = try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// - Returns: Where they start. There is one at least.
    private mutating func digits() throws(RequestFault) -> Int {
        let start = position
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
        guard position > start else { throw Self.malformed }
        return start
    }

    /// A string's text; the position is at its opening quote.
    private mutating func text() throws(RequestFault) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return try valid(bytes[start..<position])
            case UInt8(ascii: "\\"):
                return try text(after: bytes[start..<position])
            case 0..<0x20: throw Self.malformed
            default: position += 1
            }
        }
        throw Self.malformed
    }

    private func valid(_ text: some Sequence<UInt8>) throws(RequestFault) -> String {
        guard let text = String(validating: text, as: UTF8.self) else { throw Self.malformed }
        return text
    }

    /// The rest of a string that has escapes.
    private mutating func text(after start: ArraySlice<UInt8>) throws(RequestFault) -> String {
        var text = Array(start)
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try valid(text)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw Self.malformed
            default: text.append(byte)
            }
        }
        throw Self.malformed
    }

    private mutating func escape(into text: inout [UInt8]) throws(RequestFault) {
        guard position < bytes.count else { throw Self.malformed }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: try scalar().utf8)
        default: throw Self.malformed
        }
    }

    /// What `\u` leads in: one unit of UTF-16, or the two of a pair.
    private mutating func scalar() throws(RequestFault) -> String {
        var units = [try unit()]
        if UTF16.isLeadSurrogate(units[0]) {
            try literal("\\u")
            units.append(try unit())
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw Self.malformed }
        return text
    }

    private mutating func unit() throws(RequestFault) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, !digits.contains(where: { "+-".utf8.contains($0) }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw Self.malformed }
        position += 4
        // Neither a process's arguments nor its environment nor the worker protocol can carry it.
        guard unit != 0 else {
            throw .malformed(
                "A string in the request has a NUL character (\\u0000). Remove it.")
        }
        return unit
    }
}
