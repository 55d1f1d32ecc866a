import NIOCore

/// HTTP/2 frames made and read by hand: enough to hold a connection and a stream, and free of any
/// library that is measured.
enum RawFrames {
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let resetStream: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
    }

    static let ack: UInt8 = 1
    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4

    /// The client's preface and an empty SETTINGS.
    static let opening = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(Kind.settings)

    static func frame(
        _ kind: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []
    ) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(9 + payload.count)
        withUnsafeBytes(of: UInt32(payload.count).bigEndian) { frame += $0.dropFirst() }
        frame.append(kind)
        frame.append(flags)
        withUnsafeBytes(of: stream.bigEndian) { frame += $0 }
        frame += payload
        return frame
    }

    /// A whole gRPC request.
    static func request(path: String, message: [UInt8], stream: UInt32, isTLS: Bool) -> [UInt8] {
        // HPACK without the dynamic table: indices of the static one, and literals.
        var block: [UInt8] = [0x83, isTLS ? 0x87 : 0x86]
        func literal(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
        block += [0x04] + literal(path)
        block += [0x01] + literal("localhost")
        block += [0x0F, 0x10] + literal("application/grpc")
        block += [0x00] + literal("te") + literal("trailers")
        return frame(Kind.headers, flags: endHeaders, stream: stream, block)
            + frame(
                Kind.data, flags: endStream, stream: stream, BenchSamples.framed(message))
    }

    struct Frame {
        var kind: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: ByteBuffer
    }

    /// Takes the first frame off what arrived; `nil` when it is not whole yet.
    static func next(_ buffer: inout ByteBuffer) -> Frame? {
        let start = buffer.readerIndex
        guard let size = buffer.getInteger(at: start, as: UInt32.self),
            let flags = buffer.getInteger(at: start + 4, as: UInt8.self),
            let stream = buffer.getInteger(at: start + 5, as: UInt32.self),
            buffer.readableBytes >= 9 + Int(size >> 8)
        else { return nil }
        buffer.moveReaderIndex(forwardBy: 9)
        guard let payload = buffer.readSlice(length: Int(size >> 8)) else { return nil }
        return Frame(
            kind: UInt8(truncatingIfNeeded: size), flags: flags, stream: stream & 0x7FFF_FFFF,
            payload: payload)
    }
}
