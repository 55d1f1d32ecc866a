/// Finds gRPC's length-prefixed messages in the pieces of a body.
///
/// A message is five bytes, a flag (1: compressed) and the length, and then as many bytes. Memory
/// grows with what has arrived, never with what a prefix claims.
package struct MessageReader {
    private let maximum: Int
    private let encoding: RPCCompression
    private var bytes: [UInt8] = []
    /// Where the bytes begin that were not taken yet.
    private var head = 0
    /// Whether the message that ``next()`` gave last came compressed.
    private(set) var wasCompressed = false

    /// - Parameter encoding: what the peer compresses with where it says that it does.
    package init(maximum: Int, encoding: RPCCompression = .identity) {
        self.maximum = maximum
        self.encoding = encoding
    }

    /// Bytes that have arrived and make no whole message yet.
    package var pendingBytes: Int { bytes.count - head }

    /// The message, when a piece holds exactly one, uncompressed: nothing needs to be gathered or
    /// copied then.
    static func wholeMessage(
        in piece: UnsafeRawBufferPointer, maximum: Int
    ) -> UnsafeRawBufferPointer? {
        guard piece.count >= Framing.prefixSize, piece[0] == 0 else { return nil }
        let length = Framing.length(piece)
        guard length <= maximum, piece.count == Framing.prefixSize + length else { return nil }
        return UnsafeRawBufferPointer(rebasing: piece[Framing.prefixSize...])
    }

    package mutating func append(_ piece: UnsafeRawBufferPointer) {
        if head > 0 {
            bytes.removeFirst(head)
            head = 0
        }
        bytes.append(contentsOf: piece)
    }

    /// Why the next message can't be taken, as soon as its prefix says so: `RESOURCE_EXHAUSTED` for
    /// one above the maximum, `INTERNAL` for one that is compressed against the rules.
    var rejection: RPCError? {
        guard pendingBytes >= Framing.prefixSize else { return nil }
        switch bytes[head] {
        case 0: break
        case 1 where encoding != .identity: break
        case 1:
            return RPCError(
                .internalError, "a message is compressed, but grpc-encoding is identity")
        default:
            return RPCError(.internalError, "a message's prefix has the flag \(bytes[head])")
        }
        let length = nextLength
        guard length <= maximum else { return Self.tooLarge("of \(length) bytes", maximum) }
        return nil
    }

    /// The next whole message. Throws ``rejection``, or what is wrong with a compressed message.
    package mutating func next() throws(RPCError) -> [UInt8]? {
        if let rejection { throw rejection }
        guard pendingBytes >= Framing.prefixSize else { return nil }
        let isCompressed = bytes[head] == 1
        let start = head + Framing.prefixSize
        let end = start + nextLength
        guard bytes.count >= end else { return nil }
        let message =
            isCompressed ? try inflated(start..<end) : Array(bytes[start..<end])
        wasCompressed = isCompressed
        head = end
        if head == bytes.count {
            bytes = []
            head = 0
        }
        return message
    }

    private func inflated(_ range: Range<Int>) throws(RPCError) -> [UInt8] {
        let inflated = bytes.withUnsafeBytes { bytes in
            Gzip.inflate(UnsafeRawBufferPointer(rebasing: bytes[range]), maximum: maximum)
        }
        switch inflated {
        case .message(let message): return message
        case .tooLarge: throw Self.tooLarge("that is compressed", maximum)
        case .damaged: throw RPCError(.internalError, "a compressed message is damaged")
        }
    }

    private static func tooLarge(_ what: String, _ maximum: Int) -> RPCError {
        RPCError(.resourceExhausted, "a message \(what) is larger than \(maximum)")
    }

    private var nextLength: Int {
        bytes.withUnsafeBytes { Framing.length(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    }
}
