import RPC

/// HTTP/2 and gRPC spelled out, so that they can be spelled wrong.
enum H2 {
    static let magic = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let preface = magic + frame(type: 4)

    static func frame(
        type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = [],
        length: Int? = nil
    ) -> [UInt8] {
        let length = length ?? payload.count
        let head = [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
        return head + [type, flags] + number(stream) + payload
    }

    static func number(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) }
    }

    static func data(_ stream: UInt32, _ bytes: [UInt8], ends: Bool = false) -> [UInt8] {
        frame(type: 0, flags: ends ? 1 : 0, stream: stream, bytes)
    }

    static func reset(_ stream: UInt32) -> [UInt8] {
        frame(type: 3, stream: stream, number(8))
    }

    static func settings(_ id: UInt8, _ value: UInt32) -> [UInt8] {
        frame(type: 4, [0, id] + number(value))
    }

    static func windowUpdate(_ stream: UInt32 = 0, _ increment: UInt32) -> [UInt8] {
        frame(type: 8, stream: stream, number(increment))
    }

    /// A gRPC message: flag, length, bytes.
    static func message(_ bytes: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        [flag] + number(UInt32(bytes.count)) + bytes
    }

    // MARK: Header blocks

    static let echo = request("/attack.T/Echo")

    static func request(_ path: String) -> [(name: String, value: String)] {
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a"),
            ("te", "trailers"), ("content-type", "application/grpc"),
        ]
    }

    /// Literals without indexing and without Huffman's code.
    static func block(_ fields: [(name: String, value: String)]) -> [UInt8] {
        fields.flatMap { field in
            [0] + string(Array(field.name.utf8)) + string(Array(field.value.utf8))
        }
    }

    static func string(_ bytes: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = bytes.count
        if rest < 127 {
            length = [UInt8(rest)]
        } else {
            length = [127]
            rest -= 127
            while rest >= 128 {
                length.append(UInt8(rest & 127) | 128)
                rest >>= 7
            }
            length.append(UInt8(rest))
        }
        return length + bytes
    }

    /// A whole HEADERS frame of a call.
    static func headers(
        _ stream: UInt32, _ path: String = "/attack.T/Echo", ends: Bool = false
    ) -> [UInt8] {
        frame(type: 1, flags: ends ? 5 : 4, stream: stream, block(request(path)))
    }
}
