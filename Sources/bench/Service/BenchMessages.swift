import CProtobufC
import CWire

/// Memory for one decoded message at a time: allocating moves on, and nothing is freed but all at
/// once, with the next message.
///
/// `@unchecked Sendable`: `bench serve` has one event loop, and only its handlers use this.
final class LoopArena: @unchecked Sendable {
    /// Enough for a heartbeat with some hundred containers.
    private static let size = 32 << 10

    /// Reached by pointer alone, so that an allocation counts no references.
    private struct State {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        var used = 0
        /// The answer, whose memory serves the next one: the server has copied it by then.
        var answer: [UInt8] = []

        mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
            let rounded = (size + 15) & ~15
            guard rounded <= LoopArena.size - used else { return nil }
            defer { used += rounded }
            return memory + used
        }
    }

    private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

    init() {
        state.initialize(to: State())
    }

    deinit {
        state.pointee.memory.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Calls with an allocator for protobuf-c, valid during the call as is what it allocates.
    func withAllocator<Result>(
        _ body: (UnsafeMutablePointer<ProtobufCAllocator>) throws(BadMessage) -> Result
    ) throws(BadMessage) -> Result {
        state.pointee.used = 0
        var allocator = ProtobufCAllocator(
            alloc: { data, size in
                data?.assumingMemoryBound(to: State.self).pointee.allocate(size)
            },
            free: { _, _ in }, allocator_data: state)
        return try body(&allocator)
    }

    /// The bytes that `pack` writes to a buffer; it returns their number.
    func answer(
        upTo size: Int, _ pack: (UnsafeMutablePointer<UInt8>?) -> Int
    ) -> [UInt8] {
        state.pointee.answer.removeAll(keepingCapacity: true)
        state.pointee.answer.append(addingCapacity: size) { span in
            span.withUnsafeMutableBufferPointer { buffer, count in
                count = pack(buffer.baseAddress)
            }
        }
        return state.pointee.answer
    }
}

/// Bytes that are no message, or one too large.
struct BadMessage: Error {}

/// The messages of `Protos/bench/v1/bench.proto` that the server reads and writes.
enum BenchMessages {
    /// Decodes a heartbeat and encodes its answer.
    static func answerHeartbeat(
        _ request: RawSpan, _ arena: LoopArena
    ) throws(BadMessage) -> [UInt8] {
        try request.withUnsafeBytes { (bytes) throws(BadMessage) in
            try arena.withAllocator { (allocator) throws(BadMessage) in
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
                    let size = muster__bench__v1__heartbeat_response__get_packed_size(answer)
                    return arena.answer(upTo: size) { buffer in
                        muster__bench__v1__heartbeat_response__pack(answer, buffer)
                    }
                }
            }
        }
    }

    /// What an `Assignments` request asks for.
    static func decodeAssignmentsRequest(
        _ request: [UInt8], _ arena: LoopArena
    ) throws(BadMessage) -> (count: UInt32, hold: Bool) {
        try arena.withAllocator { (allocator) throws(BadMessage) in
            guard
                let decoded = muster__bench__v1__assignments_request__unpack(
                    allocator, request.count, request)
            else { throw BadMessage() }
            return (decoded.pointee.count, decoded.pointee.hold != 0)
        }
    }

    /// A literal's bytes end with a NUL, as C's strings do.
    private static let family: StaticString = "front-end"

    /// Encodes small assignments, one for each revision, and calls with the bytes of each in turn.
    static func encodeAssignments(_ revisions: Range<UInt64>, _ body: (RawSpan) -> Void) {
        // More than an assignment can have: two numbers, 16 bytes, the family.
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            for revision in revisions {
                let count = pack(revision, to: buffer.assumingMemoryBound(to: UInt8.self))
                body(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes)
            }
        }
    }

    private static func pack(
        _ revision: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
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
            return muster__bench__v1__assignment__pack(&assignment, buffer.baseAddress)
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
