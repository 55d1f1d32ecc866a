/// The five bytes before each message: whether it is compressed, and its length.
enum Framing {
    static let prefixSize = 5

    static func length(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(bytes[1]) << 24 | Int(bytes[2]) << 16 | Int(bytes[3]) << 8 | Int(bytes[4])
    }

    /// Appends a message as it goes over the wire.
    static func append(
        _ message: UnsafeRawBufferPointer, to bytes: inout [UInt8],
        compression: RPCCompression = .identity
    ) {
        if compression == .gzip, let compressed = Gzip.compress(message) {
            appendPrefix(length: compressed.count, isCompressed: true, to: &bytes)
            bytes.append(contentsOf: compressed)
        } else {
            appendPrefix(length: message.count, isCompressed: false, to: &bytes)
            bytes.append(contentsOf: message.bindMemory(to: UInt8.self))
        }
    }

    static func framed(
        _ message: [UInt8], compression: RPCCompression = .identity
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefixSize + message.count)
        message.withUnsafeBytes { append($0, to: &bytes, compression: compression) }
        return bytes
    }

    /// Writes the prefix of an uncompressed message.
    static func writePrefix(length: Int, to bytes: UnsafeMutableRawBufferPointer) {
        bytes[0] = 0
        bytes.storeBytes(of: UInt32(clamping: length).bigEndian, toByteOffset: 1, as: UInt32.self)
    }

    private static func appendPrefix(length: Int, isCompressed: Bool, to bytes: inout [UInt8]) {
        let flag: UInt64 = isCompressed ? 1 : 0
        let prefix = (flag << 32 | UInt64(UInt32(clamping: length))) << 24
        withUnsafeBytes(of: prefix.bigEndian) { prefix in
            bytes.append(contentsOf: prefix.bindMemory(to: UInt8.self)[..<prefixSize])
        }
    }
}
