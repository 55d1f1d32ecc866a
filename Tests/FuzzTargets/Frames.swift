import HTTP2

extension FuzzTarget {
    /// What arrives on a connection. The first byte says how the bytes are cut into pieces, and
    /// whether an honest beginning goes before them.
    static let frames = [
        FuzzTarget(name: "frames-server") { bytes in
            let input = Pieces(bytes, beginning: clientBeginning)
            let server = FuzzedServer()
            for piece in input.pieces { server.receive(piece) }
            server.end()
        },
        FuzzTarget(name: "frames-client") { bytes in
            let input = Pieces(bytes, beginning: serverBeginning)
            let client = FuzzedClient()
            for piece in input.pieces { client.receive(piece) }
            client.end()
        },
    ]

    private static let emptySettings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    private static let clientBeginning =
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + emptySettings
    private static let serverBeginning = emptySettings

    private struct Pieces {
        var pieces: [ArraySlice<UInt8>] = []

        init(_ bytes: UnsafeRawBufferPointer, beginning: [UInt8]) {
            guard let first = bytes.first else { return }
            if first & 1 == 0 { pieces.append(beginning[...]) }
            let size = [Int.max, 1, 9, 64, 1_000, 16_384][Int(first >> 1) % 6]
            var rest = Array(bytes)[1...]
            while !rest.isEmpty {
                pieces.append(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
        }
    }
}

/// Traps unless bytes that one side wrote are whole frames of sizes that the other side takes.
func checkFrames(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        precondition(rest.count >= 9, "a frame is cut off")
        let head = Array(rest.prefix(9))
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        precondition(length <= 16_384 && rest.count >= 9 + length, "a frame of \(length) bytes")
        rest = rest.dropFirst(9 + length)
    }
}
