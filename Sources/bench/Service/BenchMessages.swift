import CProtobufC
import CWire

/// Memory for one decoded message, taken from the stack: allocating moves on, and nothing is freed
/// but all at once.
struct StackArena {
    /// Enough for a heartbeat with some hundred containers.
    static let size = 32 << 10

    private var next: UnsafeMutableRawPointer
    private var left: Int

    /// Calls with an allocator for protobuf-c, valid during the call.
    static func withAllocator<Result>(
        _ body: (UnsafeMutablePointer<ProtobufCAllocator>) throws(BadMessage) -> Result
    ) throws(BadMessage) -> Result {
        try withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) {
            (memory) throws(BadMessage) -> Result in
            guard let base = memory.baseAddress else { throw BadMessage() }
            var arena = StackArena(next: base, left: memory.count)
            return try withUnsafeMutablePointer(to: &arena) { (arena) throws(BadMessage) in
                var allocator = ProtobufCAllocator(
                    alloc: { data, size in
                        data?.assumingMemoryBound(to: StackArena.self).pointee.allocate(size)
                    },
                    free: { _, _ in }, allocator_data: arena)
                return try body(&allocator)
            }
        }
    }

    private mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        let rounded = (size + 15) & ~15
        guard rounded <= left else { return nil }
        defer {
            next += rounded
            left -= rounded
        }
        return next
    }
}

/// Bytes that are no message, or one too large.
struct BadMessage: Error {}

/// The messages of `Protos/bench/v1/bench.proto` that the server reads and writes.
enum BenchMessages {
    /// Decodes a heartbeat and encodes its answer.
    static func answerHeartbeat(_ request: RawSpan) throws(BadMessage) -> [UInt8] {
        try request.withUnsafeBytes { (bytes) throws(BadMessage) in
            try StackArena.withAllocator { (allocator) throws(BadMessage) in
                guard
                    let heartbeat = muster__bench__v1__heartbeat_request__unpack(
                        allocator, bytes.count,
                        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
                else { throw BadMessage() }
                let running = MUSTER__BENCH__V1__CONTAINER_STATUS__STATE__STATE_RUNNING
                var answer = Muster__Bench__V1__HeartbeatResponse()
                muster__bench__v1__heartbeat_response__init(&answer)
                answer.sequence = heartbeat.pointee.sequence
                for index in 0..<heartbeat.pointee.n_containers
                where heartbeat.pointee.containers[index]?.pointee.state == running {
                    answer.running += 1
                }
                return withUnsafePointer(to: &answer) { answer in
                    [UInt8](
                        unsafeUninitializedCapacity:
                            muster__bench__v1__heartbeat_response__get_packed_size(answer)
                    ) { buffer, count in
                        count = muster__bench__v1__heartbeat_response__pack(
                            answer, buffer.baseAddress)
                    }
                }
            }
        }
    }

    /// What an `Assignments` request asks for.
    static func decodeAssignmentsRequest(
        _ request: [UInt8]
    ) throws(BadMessage) -> (count: UInt32, hold: Bool) {
        try StackArena.withAllocator { (allocator) throws(BadMessage) in
            guard
                let decoded = muster__bench__v1__assignments_request__unpack(
                    allocator, request.count, request)
            else { throw BadMessage() }
            return (decoded.pointee.count, decoded.pointee.hold != 0)
        }
    }

    /// A literal's bytes end with a NUL, as C's strings do.
    private static let family: StaticString = "front-end"

    /// A small assignment.
    static func encodeAssignment(revision: UInt64) -> [UInt8] {
        var task: (UInt64, UInt64) = (revision, ~revision)
        return withUnsafeMutableBytes(of: &task) { task in
            var assignment = Muster__Bench__V1__Assignment()
            muster__bench__v1__assignment__init(&assignment)
            assignment.revision = revision
            assignment.task = ProtobufCBinaryData(
                len: task.count, data: task.baseAddress?.assumingMemoryBound(to: UInt8.self))
            // protobuf-c's type is not const, but packing only reads.
            assignment.family = UnsafeMutableRawPointer(mutating: family.utf8Start)
                .assumingMemoryBound(to: CChar.self)
            assignment.desired = 1
            return withUnsafePointer(to: &assignment) { assignment in
                [UInt8](
                    unsafeUninitializedCapacity:
                        muster__bench__v1__assignment__get_packed_size(assignment)
                ) { buffer, count in
                    count = muster__bench__v1__assignment__pack(assignment, buffer.baseAddress)
                }
            }
        }
    }

    static func encodePushResponse(streams: Int) -> [UInt8] {
        var answer = Muster__Bench__V1__PushResponse()
        muster__bench__v1__push_response__init(&answer)
        answer.streams = UInt32(clamping: streams)
        return withUnsafePointer(to: &answer) { answer in
            [UInt8](
                unsafeUninitializedCapacity:
                    muster__bench__v1__push_response__get_packed_size(answer)
            ) { buffer, count in
                count = muster__bench__v1__push_response__pack(answer, buffer.baseAddress)
            }
        }
    }
}
