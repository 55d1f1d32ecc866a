import HTTP2
import NIOCore
import RPC

extension FuzzTarget {
    /// The small encodings of gRPC.
    static let texts = [
        FuzzTarget(name: "percent") { bytes in
            let text = PercentEncoding.decode(Array(bytes)[...])
            precondition(text.utf8.count <= 3 * bytes.count)
            let encoded = PercentEncoding.encode(text, maximum: .max)
            precondition(encoded.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            precondition(PercentEncoding.decode(Array(encoded.utf8)[...]) == text)
            let cut = PercentEncoding.encode(text, maximum: 16)
            precondition(cut.utf8.count <= 3 * 16 && encoded.hasPrefix(cut))
        },
        FuzzTarget(name: "base64") { bytes in
            precondition(Base64.decode(Base64.encode(Array(bytes))) == Array(bytes))
            guard let decoded = Base64.decode(Array(bytes)) else { return }
            precondition(Base64.decode(Base64.encode(decoded)) == decoded)
        },
        FuzzTarget(name: "timeout") { bytes in
            guard let amount = Timeout.parse(Array(bytes)[...]) else { return }
            precondition(amount >= .nanoseconds(0))
            let formatted = Timeout.format(amount)
            precondition(formatted.utf8.count <= 9)
            guard let again = Timeout.parse(Array(formatted.utf8)[...]) else {
                preconditionFailure("a timeout of ours can't be read: \(formatted)")
            }
            precondition(again <= amount)
        },
        FuzzTarget(name: "body") { bytes in
            guard let first = bytes.first else { return }
            readBody(
                UnsafeRawBufferPointer(rebasing: bytes[1...]),
                encoding: first & 1 == 0 ? .identity : .gzip,
                pieceSize: 1 + Int(first >> 1))
        },
        FuzzTarget(name: "gzip") { bytes in
            let message = Array(bytes)
            // What does not compress grows by a little.
            var reader = MessageReader(maximum: message.count + 64, encoding: .gzip)
            Framing.framed(message, compression: .gzip).withUnsafeBytes { reader.append($0) }
            let read = try? reader.next()
            precondition(read == message && reader.pendingBytes == 0)
        },
    ]

    /// Reads the messages of a body that comes in pieces.
    private static func readBody(
        _ body: UnsafeRawBufferPointer, encoding: RPCCompression, pieceSize: Int
    ) {
        let maximum = 10_000
        var reader = MessageReader(maximum: maximum, encoding: encoding)
        var rest = body
        while !rest.isEmpty {
            reader.append(UnsafeRawBufferPointer(rebasing: rest.prefix(pieceSize)))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(pieceSize))
            do throws(RPCError) {
                while let message = try reader.next() { precondition(message.count <= maximum) }
            } catch {
                precondition([.internalError, .resourceExhausted].contains(error.code))
                return
            }
            precondition(reader.pendingBytes <= maximum + 5)
        }
    }
}
