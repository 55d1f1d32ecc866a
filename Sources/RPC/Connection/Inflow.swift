import HTTP2

/// The messages of one stream on their way from the connection to their reader, and the window held
/// back while the reader has no room.
struct Inflow {
    var reader: MessageReader
    /// Bytes that the reader has no room for yet: flow control holds the peer by them.
    private var heldBytes = 0

    init(maximum: Int, encoding: RPCCompression = .identity) {
        reader = MessageReader(maximum: maximum, encoding: encoding)
    }

    /// Bytes that make no whole message yet.
    var pendingBytes: Int { reader.pendingBytes }

    /// Hands the whole messages to their reader, and whether each came compressed; it says whether
    /// it has room for more. Throws what is wrong with a message.
    mutating func receive(
        _ piece: UnsafeRawBufferPointer, of stream: Int32, on session: HTTP2Session,
        _ deliver: (_ message: [UInt8], _ wasCompressed: Bool) -> Bool
    ) throws(RPCError) {
        reader.append(piece)
        var hasRoom = heldBytes == 0
        while let message = try reader.next() {
            hasRoom = deliver(message, reader.wasCompressed)
        }
        heldBytes += piece.count
        if hasRoom { release(stream, on: session) }
    }

    /// The reader has room again.
    mutating func release(_ stream: Int32, on session: HTTP2Session) {
        guard heldBytes > 0 else { return }
        session.consumeStream(heldBytes, stream: stream)
        heldBytes = 0
    }
}
