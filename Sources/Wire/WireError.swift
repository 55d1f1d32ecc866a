/// Why a value can't be encoded, or bytes can't be decoded.
public enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are not a protobuf message of this type.
    case malformed(message: String)
    /// The message, or what it becomes in memory, is over a bound.
    case tooLarge(message: String, bytes: Int, maximum: Int)
    /// A field breaks a rule of `worker.proto`.
    case invalid(field: String, problem: String)

    public var description: String {
        switch self {
        case .malformed(let message):
            "the bytes are not a \(message)"
        case .tooLarge(let message, let bytes, let maximum):
            "\(message) takes \(bytes) bytes, more than \(maximum)"
        case .invalid(let field, let problem):
            "\(field) \(problem)"
        }
    }
}

/// The bounds of the worker protocol.
public enum WireLimits {
    /// Bytes of an encoded message.
    public static let messageMaximum = 4 << 20
    /// Bytes of a string.
    public static let stringMaximum = 1 << 16
    /// Containers of a task.
    static let containersMaximum = 100
    /// Bytes of a token's secret, a request for a certificate, and a certificate.
    static let secret = 32...32
    static let certificateRequest = 1...8 << 10
    static let certificate = 1...16 << 10
    /// Certificates of a chain.
    static let chain = 1...8
    /// Bytes of memory that decoding one message may take, for each byte of the message and at
    /// most.
    static let memoryPerByte = 64
    static let memoryMaximum = 32 << 20
    /// The last millisecond of the year 9999.
    static let wallTimeMaximum: Int64 = 253_402_300_799_999
}
