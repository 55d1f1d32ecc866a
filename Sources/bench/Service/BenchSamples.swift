/// What the load consists of, and what every server must answer to it. Written here field by field,
/// so that no server's own encoder is its judge.
enum BenchSamples {
    static let heartbeatPath = "/muster.bench.v1.Bench/Heartbeat"
    static let assignmentsPath = "/muster.bench.v1.Bench/Assignments"
    static let pushPath = "/muster.bench.v1.Bench/Push"

    private static let sequence: UInt64 = 123_456
    private static let containers: UInt64 = 5
    private static let running: UInt64 = 2

    /// A worker's heartbeat with the statuses of its containers.
    static var heartbeat: [UInt8] {
        var message = ProtobufWriter()
        message.bytes(1, Array(1...16))
        message.integer(2, sequence)
        for index in 0..<containers {
            var status = ProtobufWriter()
            let digits = String(0x1234_5678_9ABC_DEF0 + index, radix: 16)
            status.bytes(1, Array("container-\(index)".utf8))
            status.bytes(2, Array(String(repeating: digits, count: 4).utf8))
            status.integer(3, running)
            status.integer(5, 1_790_000_000_000 + index)
            message.bytes(3, status.message)
        }
        return message.message
    }

    /// The right answer to ``heartbeat``.
    static var heartbeatAnswer: [UInt8] {
        var message = ProtobufWriter()
        message.integer(1, sequence)
        message.integer(2, containers)
        return message.message
    }

    static func assignments(count: Int) -> [UInt8] {
        var message = ProtobufWriter()
        message.integer(1, UInt64(count))
        return message.message
    }

    static var heldAssignments: [UInt8] {
        var message = ProtobufWriter()
        message.integer(2, 1)
        return message.message
    }

    /// Bytes of a body with the assignments of a stream that starts at revision 0.
    static func assignmentsAnswerSize(count: Int) -> Int {
        (0..<count).reduce(0) { size, revision in
            // Revision 0 is not written; a task of 16 bytes, a family of 9, a desired status.
            var message = ProtobufWriter()
            if revision > 0 { message.integer(1, UInt64(revision)) }
            return size + framed(message.message).count + 18 + 11 + 2
        }
    }

    /// A message as gRPC puts it into a body.
    static func framed(_ message: [UInt8]) -> [UInt8] {
        let length = UInt32(message.count)
        return [0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + message
    }
}

/// A protobuf message, written by hand.
struct ProtobufWriter {
    private(set) var message: [UInt8] = []

    mutating func integer(_ field: UInt64, _ value: UInt64) {
        variable(field << 3)
        variable(value)
    }

    mutating func bytes(_ field: UInt64, _ bytes: [UInt8]) {
        variable(field << 3 | 2)
        variable(UInt64(bytes.count))
        message += bytes
    }

    private mutating func variable(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            message.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        message.append(UInt8(rest))
    }
}
