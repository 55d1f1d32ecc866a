import CNghttp2

/// A header list to send, laid out once: a constant one costs nothing to send again.
public struct HTTP2Headers: Sendable {
    private struct Field {
        var name: Range<Int>
        var value: Range<Int>
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    /// Names must be lower-case and values free of CR, LF and NUL: the peer refuses others.
    public init(_ fields: [(name: String, value: String)] = []) {
        for field in fields { append(field.name, field.value) }
    }

    public mutating func append(_ name: String, _ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        let middle = bytes.count
        bytes.append(contentsOf: value.utf8)
        fields.append(Field(name: start..<middle, value: middle..<bytes.count))
    }

    /// Calls with nghttp2's view of the list, valid during the call; nghttp2 copies it.
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
