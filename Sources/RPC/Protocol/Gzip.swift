import CZlib

/// How messages are compressed (`grpc-encoding`).
public enum RPCCompression: String, Hashable, Sendable {
    case identity, gzip

    /// What this side can read, for `grpc-accept-encoding`.
    static let accepted = "identity,gzip"
}

/// gRPC's `gzip` encoding, by the system's zlib.
enum Gzip {
    /// zlib's windowBits for the gzip format.
    private static let format: Int32 = 15 + 16
    private static let level = Z_BEST_SPEED

    /// `nil` only when memory is short.
    static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        var isWhole = false
        let result = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            stream.give(bytes)
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(clamping: buffer.count)
            isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            count = buffer.count - Int(stream.avail_out)
        }
        return isWhole ? result : nil
    }

    /// What came out of a compressed message.
    enum Inflated: Equatable {
        case message([UInt8])
        /// There is more in it than the maximum: memory was spent up to that only.
        case tooLarge
        case damaged
    }

    static func inflate(_ bytes: UnsafeRawBufferPointer, maximum: Int) -> Inflated {
        var stream = z_stream()
        guard
            inflateInit2_(&stream, format, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return .damaged }
        defer { inflateEnd(&stream) }
        stream.give(bytes)
        var message: [UInt8] = []
        // Grows with what comes out, so that a bomb costs no more than the maximum.
        var chunk = [UInt8](repeating: 0, count: min(max(bytes.count * 4, 1 << 10), 64 << 10))
        while true {
            let (status, count) = chunk.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                return (status, buffer.count - Int(stream.avail_out))
            }
            guard message.count + count <= maximum else { return .tooLarge }
            message.append(contentsOf: chunk[..<count])
            switch status {
            case Z_STREAM_END: return stream.avail_in == 0 ? .message(message) : .damaged
            // No progress is possible: the end is missing.
            case Z_OK where count > 0: continue
            default: return .damaged
            }
        }
    }
}

extension z_stream {
    /// zlib's type is not const, but it only reads.
    fileprivate mutating func give(_ bytes: UnsafeRawBufferPointer) {
        next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        avail_in = UInt32(clamping: bytes.count)
    }
}
