/// The frames that a worker sends, with headers as Muster's own client has them: the first request
/// of a connection puts what all have in common into the server's header table, later ones refer to
/// it.
struct WorkerFrames {
    private let isTLS: Bool

    init(isTLS: Bool) {
        self.isTLS = isTLS
    }

    /// The preface, and windows that no assignments of a benchmark fill.
    static let opening =
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        + RawFrames.frame(RawFrames.Kind.settings, [0, 4, 0x01, 0, 0, 0])
        + RawFrames.frame(RawFrames.Kind.windowUpdate, [0x40, 0, 0, 0])

    static let settingsAnswer = RawFrames.frame(RawFrames.Kind.settings, flags: RawFrames.ack)

    private static func literal(_ text: String) -> [UInt8] {
        [UInt8(text.utf8.count)] + Array(text.utf8)
    }

    /// Fields that join the header table, in order: numbers of the static table for names that are
    /// there.
    private static let common: [UInt8] =
        [0x41] + literal("127.0.0.1:4567") + [0x40] + literal("te") + literal("trailers") + [0x5F]
        + literal("application/grpc") + [0x7A] + literal("muster") + [0x40]
        + literal("grpc-accept-encoding") + literal("identity,gzip") + [0x40]
        + literal("grpc-timeout") + literal("60S")
    /// The same by their places in the table, the newest first.
    private static let repeated: [UInt8] = [0xC3, 0xC2, 0xC1, 0xC0, 0xBF, 0xBE]

    /// A whole request.
    ///
    /// - Parameters:
    ///   - isFirst: whether the connection had none before.
    ///   - hasTimeout: whether it is a unary call; a stream stays open.
    func request(
        _ path: String, _ message: [UInt8], stream: UInt32, isFirst: Bool = false,
        hasTimeout: Bool = true
    ) -> [UInt8] {
        var block: [UInt8] = [0x83, isTLS ? 0x87 : 0x86, 0x04]
        block += Self.literal(path)
        block += isFirst ? Self.common : hasTimeout ? Self.repeated : Self.repeated.dropLast()
        return RawFrames.frame(
            RawFrames.Kind.headers, flags: RawFrames.endHeaders, stream: stream, block)
            + RawFrames.frame(
                RawFrames.Kind.data, flags: RawFrames.endStream, stream: stream,
                BenchSamples.framed(message))
    }
}
