import HTTP2
import RPC

extension Attack {
    private static let bound = 4 << 20
    private static let gzip = [(name: "grpc-encoding", value: "gzip")]

    /// Bodies that are no messages, or larger than they say.
    static let bodies = [
        body(
            "a message that claims 4 GiB", .resourceExhausted, "message_size",
            [0, 0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 100), ends: false),
        body(
            "a message over the limit", .resourceExhausted, "message_size",
            H2.message([UInt8](repeating: 0, count: bound + 1))),
        body(
            "a gzip bomb", .resourceExhausted, "message_size",
            H2.message(GzipBomb.bytes(inflating: 256 << 20), flag: 1), gzip),
        body(
            "a compressed message that is damaged", .internalError, "bad_message",
            H2.message(Array(GzipBomb.bytes(inflating: 1_000).dropLast(9)), flag: 1), gzip),
        body(
            "a message said to be compressed that is not", .internalError, "bad_message",
            H2.message([1, 2, 3, 4, 5], flag: 1), gzip),
        body(
            "a compressed message without an encoding", .internalError, "bad_message",
            H2.message([1], flag: 1)),
        body("a flag that there is not", .internalError, "bad_message", H2.message([1], flag: 7)),
        body(
            "a message that is cut off", .internalError, "bad_message",
            Array(H2.message([1, 2, 3]).dropLast())),
        body("a prefix that is cut off", .internalError, "bad_message", [0, 0, 0]),
        body("no message", .internalError, "bad_message", []),
        body(
            "two messages where one is due", .internalError, "bad_message",
            H2.message([1]) + H2.message([2])),
        Attack(
            name: "incomplete messages on many streams", expected: .status(.resourceExhausted),
            kind: "incomplete_requests", growthMaximum: 64
        ) { ports in
            let dialogue = try await Dialogue(port: ports.plain)
            let part = Array(H2.message([UInt8](repeating: 0, count: bound)).dropLast())
            var last: Int32 = 0
            for _ in 0..<8 {
                last = try await dialogue.call(H2.echo, body: part, ends: false)
            }
            return try await dialogue.firstAnswer(upTo: last)
        },
        Attack(
            name: "large messages on many streams, a byte short each", expected: .status(.ok),
            kind: nil, growthMaximum: 64
        ) { ports in
            // The connection is not the worse for it.
            try await Dialogue.answer(
                port: ports.plain, H2.echo,
                body: H2.message([UInt8](repeating: 0, count: bound)))
        },
    ]

    private static func body(
        _ name: String, _ status: RPCStatus.Code, _ kind: String, _ body: [UInt8],
        _ headers: [(name: String, value: String)] = [], ends: Bool = true
    ) -> Attack {
        Attack(name: name, expected: .status(status), kind: kind) { ports in
            try await Dialogue.answer(
                port: ports.plain, H2.request("/attack.T/Later") + headers, body: body,
                ends: ends)
        }
    }
}
