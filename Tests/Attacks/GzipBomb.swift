import CZlib

/// zeros, compressed a thousandfold.
enum GzipBomb {
    static func bytes(inflating count: Int) -> [UInt8] {
        var stream = z_stream()
        // windowBits of the gzip format.
        guard
            deflateInit2_(
                &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY,
                ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return [] }
        defer { deflateEnd(&stream) }
        var zeros = [UInt8](repeating: 0, count: 1 << 20)
        var output = [UInt8](repeating: 0, count: 1 << 20)
        var written = 0
        var rest = count
        zeros.withUnsafeMutableBufferPointer { zeros in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                while rest > 0 {
                    let piece = min(rest, zeros.count)
                    rest -= piece
                    stream.next_in = zeros.baseAddress
                    stream.avail_in = UInt32(piece)
                    deflate(&stream, rest == 0 ? Z_FINISH : Z_NO_FLUSH)
                }
                written = output.count - Int(stream.avail_out)
            }
        }
        return Array(output.prefix(written))
    }
}
