import CNghttp2

/// A header list to send.
///
/// A list that is sent again and again is made once with ``constant(_:)``: it is laid out for
/// nghttp2 for the life of the process, and sending it copies nothing. Any other is copied.
public struct HTTP2Headers: Sendable {
    private enum Form {
        case constant(ConstantHeaders)
        case list(HeaderList)
    }

    private var form: Form

    /// Names must be lower-case and values free of CR, LF and NUL: the peer refuses others.
    public init(_ fields: [(name: String, value: String)] = []) {
        var list = HeaderList()
        for field in fields { list.append(field.name, Array(field.value.utf8)) }
        form = .list(list)
    }

    /// A list for the life of the process. Only for static ones: its memory is never given back.
    public static func constant(_ fields: [(name: String, value: String)]) -> HTTP2Headers {
        var headers = HTTP2Headers()
        headers.form = .constant(ConstantHeaders(fields))
        return headers
    }

    public mutating func append(_ name: String, _ value: String) {
        append(name, Array(value.utf8))
    }

    public mutating func append(_ name: String, _ value: [UInt8]) {
        var list: HeaderList
        switch form {
        case .constant(let headers): list = headers.list
        case .list(let own): list = own
        }
        list.append(name, value)
        form = .list(list)
    }

    /// Calls with nghttp2's view of the list, valid during the call.
    func withUnsafeFields<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
        switch form {
        case .constant(let headers): body(headers.fields, headers.count)
        case .list(let list): list.withUnsafeFields(body)
        }
    }
}

/// A list that changes.
private struct HeaderList {
    private struct Field {
        var name: Range<Int>
        var value: Range<Int>
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    mutating func append(_ name: String, _ value: [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        let middle = bytes.count
        bytes.append(contentsOf: value)
        fields.append(Field(name: start..<middle, value: middle..<bytes.count))
    }

    func withUnsafeFields<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: fields.count) { list in
                guard let base = bytes.baseAddress else { return body(nil, 0) }
                // nghttp2's type is not const, but it only reads.
                let start = UnsafeMutablePointer(mutating: base)
                for (index, field) in fields.enumerated() {
                    list.initializeElement(
                        at: index,
                        to: nghttp2_nv(
                            name: start + field.name.lowerBound,
                            value: start + field.value.lowerBound,
                            namelen: field.name.count, valuelen: field.value.count, flags: 0))
                }
                return body(UnsafePointer(list.baseAddress), fields.count)
            }
        }
    }
}

/// nghttp2's own form of a list, in memory that stays.
///
/// `@unchecked Sendable`: written once, before anyone else sees it, and only read from then on.
private struct ConstantHeaders: @unchecked Sendable {
    let fields: UnsafePointer<nghttp2_nv>
    let count: Int

    init(_ list: [(name: String, value: String)]) {
        let noCopy = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
        let fields = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: list.count)
        for (index, field) in list.enumerated() {
            (fields + index).initialize(
                to: nghttp2_nv(
                    name: Self.keep(field.name), value: Self.keep(field.value),
                    namelen: field.name.utf8.count, valuelen: field.value.utf8.count,
                    flags: UInt8(noCopy)))
        }
        self.fields = UnsafePointer(fields)
        count = list.count
    }

    /// A list of its own that begins with these.
    var list: HeaderList {
        var list = HeaderList()
        for field in UnsafeBufferPointer(start: fields, count: count) {
            let name = UnsafeBufferPointer(start: field.name, count: field.namelen)
            list.append(
                String(decoding: name, as: UTF8.self),
                Array(UnsafeBufferPointer(start: field.value, count: field.valuelen)))
        }
        return list
    }

    private static func keep(_ text: String) -> UnsafeMutablePointer<UInt8> {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: text.utf8.count + 1)
        for (index, byte) in text.utf8.enumerated() { (memory + index).initialize(to: byte) }
        return memory
    }
}
