import RPC

extension Attack {
    /// Messages that protobuf's C code reads, with what they must not do to it.
    static let messages = [
        message("a protobuf message that is cut off", "Heartbeat", [0x0A, 0x10, 1, 2, 3]),
        message("a varint without end", "Heartbeat", [0x10] + [UInt8](repeating: 0xFF, count: 64)),
        message("a field number of 0", "Heartbeat", [0x00, 0x01]),
        message("a wire type that there is not", "Heartbeat", [0x0F, 0x01]),
        message(
            "a length of 4 GiB within a message", "Register", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
        message("a string with a NUL", "Register", [0x0A, 3, 0x61, 0, 0x62]),
        message("a string that is not UTF-8", "Register", [0x0A, 2, 0xC3, 0x28]),
        message(
            "an identifier of 15 bytes", "Heartbeat",
            [0x0A, 15] + [UInt8](repeating: 1, count: 15)),
        message(
            "an enum's value that there is not", "Report", report + [0x12, 20] + task + [0x10, 99]),
        message(
            "100,000 groups, one within the other", "Heartbeat",
            [UInt8](repeating: 0x7B, count: 100_000)),
        message(
            "1,000,000 empty submessages", "Report",
            report + Array([[UInt8]](repeating: [0x12, 0], count: 1_000_000).joined()), growth: 64),
        message("submessages 100,000 deep", "Update", nested(100_000), growth: 64),
        message(
            "a string over its limit", "Register",
            [0x0A, 0x80, 0x80, 0x40] + [UInt8](repeating: 0x61, count: 1 << 20), growth: 64),
    ]

    private static let id: [UInt8] = [0x0A, 0x10] + [UInt8](repeating: 1, count: 16)
    private static let report = id
    private static let task = id

    /// A message in field 1 in a message in field 1, and so on.
    private static func nested(_ depth: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<depth {
            var length: [UInt8] = []
            var rest = bytes.count
            while rest >= 128 {
                length.append(UInt8(rest & 127) | 128)
                rest >>= 7
            }
            // Built from the inside out, backwards.
            bytes += ([0x0A] + length + [UInt8(rest)]).reversed()
        }
        return bytes.reversed()
    }

    private static func message(
        _ name: String, _ method: String, _ bytes: [UInt8], growth: Int = 24
    ) -> Attack {
        Attack(
            name: name, expected: .status(.invalidArgument), kind: "bad_message",
            growthMaximum: growth
        ) { ports in
            try await Dialogue.answer(
                port: ports.plain, H2.request("/attack.T/\(method)"), body: H2.message(bytes))
        }
    }
}
