package import HTTP2

/// The five bytes before each message: whether it is compressed, and its length.
package enum Framing {
    static let prefixSize = 5

    static func length(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(bytes[1]) << 24 | Int(bytes[2]) << 16 | Int(bytes[3]) << 8 | Int(bytes[4])
    }

    /// Appends a message as it goes over the wire. Its compression may not pay: then it goes as it
    /// is.
    static func append(
        _ message: UnsafeRawBufferPointer, to bytes: inout ByteQueue,
        compression: RPCCompression = .identity
    ) {
        if compression == .gzip, let compressed = Gzip.compress(message) {
            compressed.withUnsafeBytes { append($0, isCompressed: true, to: &bytes) }
        } else {
            append(message, isCompressed: false, to: &bytes)
        }
    }

    /// The path of every message of a stream.
    @inline(__always) private static func append(
        _ message: UnsafeRawBufferPointer, isCompressed: Bool, to bytes: inout ByteQueue
    ) {
        bytes.append(count: prefixSize + message.count) { space in
            guard let start = space.baseAddress else { return }
            writePrefix(length: message.count, isCompressed: isCompressed, to: start)
            guard let source = message.baseAddress else { return }
            (start + prefixSize).copyMemory(from: source, byteCount: message.count)
        }
    }

    package static func framed(
        _ message: [UInt8], compression: RPCCompression = .identity
    ) -> ByteQueue {
        var bytes = ByteQueue()
        message.withUnsafeBytes { append($0, to: &bytes, compression: compression) }
        return bytes
    }

    /// Writes the five bytes to where there is room for them.
    @inline(__always) static func writePrefix(
        length: Int, isCompressed: Bool = false, to start: UnsafeMutableRawPointer
    ) {
        start.storeBytes(of: isCompressed ? 1 : 0, as: UInt8.self)
        start.storeBytes(
            of: UInt32(clamping: length).bigEndian, toByteOffset: 1, as: UInt32.self)
    }
}
