/// Finds gRPC's length-prefixed messages in the pieces of a body.
///
/// A message is five bytes, a flag (1: compressed) and the length, and then as many bytes. Memory
/// grows with what has arrived, never with what a prefix claims.
struct MessageReader {
    static let prefixSize = 5

    private let maximum: Int
    private var bytes: [UInt8] = []
    /// Where the bytes begin that were not taken yet.
    private var head = 0

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// Bytes that have arrived and make no whole message yet.
    var pendingBytes: Int { bytes.count - head }

    /// The message, when a piece holds exactly one: nothing needs to be gathered or copied then.
    static func wholeMessage(
        in piece: UnsafeRawBufferPointer, maximum: Int
    ) -> UnsafeRawBufferPointer? {
        guard piece.count >= prefixSize, piece[0] == 0 else { return nil }
        let length = Self.length(piece)
        guard length <= maximum, piece.count == prefixSize + length else { return nil }
        return UnsafeRawBufferPointer(rebasing: piece[prefixSize...])
    }

    mutating func append(_ piece: UnsafeRawBufferPointer) {
        if head > 0 {
            bytes.removeFirst(head)
            head = 0
        }
        bytes.append(contentsOf: piece)
    }

    /// Why the next message can't be taken, as soon as its prefix says so: `RESOURCE_EXHAUSTED` for
    /// one above the maximum, `INTERNAL` for one that is compressed.
    var rejection: RPCError? {
        guard pendingBytes >= Self.prefixSize else { return nil }
        guard bytes[head] == 0 else {
            return RPCError(
                .internalError, "a message is compressed, but grpc-encoding is identity")
        }
        let length = nextLength
        guard length <= maximum else {
            return RPCError(
                .resourceExhausted, "a message of \(length) bytes is larger than \(maximum)")
        }
        return nil
    }

    /// The next whole message. Throws ``rejection``.
    mutating func next() throws(RPCError) -> [UInt8]? {
        if let rejection { throw rejection }
        guard pendingBytes >= Self.prefixSize else { return nil }
        let start = head + Self.prefixSize
        let end = start + nextLength
        guard bytes.count >= end else { return nil }
        let message = Array(bytes[start..<end])
        head = end
        if head == bytes.count {
            bytes = []
            head = 0
        }
        return message
    }

    /// The five bytes before a message.
    static func prefix(length: Int) -> [UInt8] {
        [
            0, UInt8(truncatingIfNeeded: length >> 24), UInt8(truncatingIfNeeded: length >> 16),
            UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length),
        ]
    }

    private var nextLength: Int {
        bytes.withUnsafeBytes { Self.length(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    }

    private static func length(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(bytes[1]) << 24 | Int(bytes[2]) << 16 | Int(bytes[3]) << 8 | Int(bytes[4])
    }
}
