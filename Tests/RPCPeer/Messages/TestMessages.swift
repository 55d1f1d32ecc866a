import RPC

// What the calls of gRPC's test service carry (Protos/grpc/testing/messages.proto).

/// A status that the server is asked to end the call with.
struct EchoStatus {
    var code: Int
    var message: String

    init(code: Int, message: String) {
        self.code = code
        self.message = message
    }

    init(reading fields: [ProtobufField]) {
        code = fields.last { $0.field == 1 }?.number ?? 0
        message = fields.last { $0.field == 2 }?.text ?? ""
    }

    func write(to writer: inout ProtobufWriter) {
        writer.number(1, code)
        writer.bytes(2, message.utf8)
    }

    var status: RPCStatus { RPCStatus(RPCStatus.Code(rawValue: code) ?? .unknown, message) }
}

/// The request of `UnaryCall`.
struct SimpleRequest {
    var responseSize = 0
    var body: [UInt8] = []
    var responseCompressed: Bool?
    var responseStatus: EchoStatus?
    var expectCompressed: Bool?

    init(
        responseSize: Int = 0, bodySize: Int = 0, responseCompressed: Bool? = nil,
        responseStatus: EchoStatus? = nil, expectCompressed: Bool? = nil
    ) {
        self.responseSize = responseSize
        body = [UInt8](repeating: 0, count: bodySize)
        self.responseCompressed = responseCompressed
        self.responseStatus = responseStatus
        self.expectCompressed = expectCompressed
    }

    init(reading bytes: [UInt8]) throws(RPCError) {
        for field in try ProtobufField.fields(of: bytes) {
            switch field.field {
            case 2: responseSize = field.number
            case 3: body = try Payload.body(in: field)
            case 6: responseCompressed = try BoolValue.read(field)
            case 7: responseStatus = EchoStatus(reading: try field.inner)
            case 8: expectCompressed = try BoolValue.read(field)
            default: break
            }
        }
    }

    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        writer.number(2, responseSize)
        Payload.write(body, 3, to: &writer)
        BoolValue.write(responseCompressed, 6, to: &writer)
        if let responseStatus { writer.message(7) { responseStatus.write(to: &$0) } }
        BoolValue.write(expectCompressed, 8, to: &writer)
        return writer.bytes
    }
}

/// The request of `StreamingInputCall`.
struct InputRequest {
    var body: [UInt8] = []
    var expectCompressed: Bool?

    init(bodySize: Int, expectCompressed: Bool? = nil) {
        body = [UInt8](repeating: 0, count: bodySize)
        self.expectCompressed = expectCompressed
    }

    init(reading bytes: [UInt8]) throws(RPCError) {
        for field in try ProtobufField.fields(of: bytes) {
            switch field.field {
            case 1: body = try Payload.body(in: field)
            case 2: expectCompressed = try BoolValue.read(field)
            default: break
            }
        }
    }

    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        Payload.write(body, 1, to: &writer)
        BoolValue.write(expectCompressed, 2, to: &writer)
        return writer.bytes
    }
}

/// The request of the calls that answer with a stream.
struct OutputRequest {
    /// What one message of the answer is to be.
    struct Wanted {
        var size: Int
        /// Microseconds to wait before it.
        var interval = 0
        var compressed: Bool?

        func write(to writer: inout ProtobufWriter) {
            writer.number(1, size)
            writer.number(2, interval)
            BoolValue.write(compressed, 3, to: &writer)
        }
    }

    var wanted: [Wanted] = []
    var body: [UInt8] = []
    var responseStatus: EchoStatus?

    init(_ wanted: [Wanted], bodySize: Int = 0, responseStatus: EchoStatus? = nil) {
        self.wanted = wanted
        body = [UInt8](repeating: 0, count: bodySize)
        self.responseStatus = responseStatus
    }

    init(reading bytes: [UInt8]) throws(RPCError) {
        for field in try ProtobufField.fields(of: bytes) {
            switch field.field {
            case 2:
                var one = Wanted(size: 0)
                for field in try field.inner {
                    switch field.field {
                    case 1: one.size = field.number
                    case 2: one.interval = field.number
                    case 3: one.compressed = try BoolValue.read(field)
                    default: break
                    }
                }
                wanted.append(one)
            case 3: body = try Payload.body(in: field)
            case 7: responseStatus = EchoStatus(reading: try field.inner)
            default: break
            }
        }
    }

    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        for one in wanted { writer.message(2) { one.write(to: &$0) } }
        Payload.write(body, 3, to: &writer)
        if let responseStatus { writer.message(7) { responseStatus.write(to: &$0) } }
        return writer.bytes
    }
}

/// The answers: a payload in field 1, or the sum of all sizes.
enum TestAnswer {
    static func payload(size: Int) -> [UInt8] {
        var writer = ProtobufWriter()
        Payload.write([UInt8](repeating: 0, count: size), 1, to: &writer)
        return writer.bytes
    }

    static func payloadSize(_ bytes: [UInt8]) throws(RPCError) -> Int {
        let payload = try ProtobufField.fields(of: bytes).last { $0.field == 1 }
        guard let payload else { return 0 }
        return try Payload.body(in: payload).count
    }

    static func sum(_ size: Int) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.number(1, size)
        return writer.bytes
    }

    static func readSum(_ bytes: [UInt8]) throws(RPCError) -> Int {
        try ProtobufField.fields(of: bytes).last { $0.field == 1 }?.number ?? 0
    }
}

private enum Payload {
    static func body(in field: ProtobufField) throws(RPCError) -> [UInt8] {
        try field.inner.last { $0.field == 2 }?.bytes ?? []
    }

    static func write(_ body: [UInt8], _ field: UInt64, to writer: inout ProtobufWriter) {
        guard !body.isEmpty else { return }
        writer.message(field) { $0.bytes(2, body) }
    }
}

private enum BoolValue {
    static func read(_ field: ProtobufField) throws(RPCError) -> Bool {
        try field.inner.last { $0.field == 1 }?.number == 1
    }

    static func write(_ value: Bool?, _ field: UInt64, to writer: inout ProtobufWriter) {
        guard let value else { return }
        writer.message(field) { $0.number(1, value ? 1 : 0) }
    }
}
