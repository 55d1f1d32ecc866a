import RPC

// The little of protobuf that the test service's messages need. Other implementations are what it
// is tried against, so it is no code of theirs, nor of the product.

/// Writes the fields of a message. A number that is 0 and bytes that are empty are left out.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ field: UInt64, _ value: Int) {
        guard value != 0 else { return }
        varint(field << 3)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func bytes(_ field: UInt64, _ value: some Collection<UInt8>) {
        guard !value.isEmpty else { return }
        delimited(field, value)
    }

    mutating func message(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        body(&inner)
        delimited(field, inner.bytes)
    }

    private mutating func delimited(_ field: UInt64, _ value: some Collection<UInt8>) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// One field of a message.
struct ProtobufField {
    enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    var field: Int
    var value: Value

    var number: Int {
        if case .number(let number) = value { Int(truncatingIfNeeded: number) } else { 0 }
    }

    var bytes: [UInt8] {
        if case .bytes(let bytes) = value { Array(bytes) } else { [] }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The fields of the message that is in this field.
    var inner: [ProtobufField] {
        get throws(RPCError) { try Self.fields(of: bytes) }
    }

    /// The fields of a message in their order.
    static func fields(of bytes: [UInt8]) throws(RPCError) -> [ProtobufField] {
        var fields: [ProtobufField] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let key = try varint(&rest)
            let field = Int(truncatingIfNeeded: key >> 3)
            switch key & 7 {
            case 0:
                fields.append(ProtobufField(field: field, value: .number(try varint(&rest))))
            case 2:
                let length = try varint(&rest)
                guard length <= UInt64(rest.count) else { throw malformed }
                fields.append(
                    ProtobufField(field: field, value: .bytes(rest.prefix(Int(length)))))
                rest = rest.dropFirst(Int(length))
            default:
                throw malformed
            }
        }
        return fields
    }

    private static let malformed = RPCError(.internalError, "the message is not protobuf")

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws(RPCError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw malformed }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw malformed
    }
}
