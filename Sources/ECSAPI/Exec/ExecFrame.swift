public import Model

/// A piece of what goes over the connection of `muster exec`, both ways: a byte that tells its
/// kind, four that tell the length of the rest, big-endian, and the rest.
///
/// | kind | to the manager | kind | from the manager |
/// |---|---|---|---|
/// | 0 | nothing, to show that one is there | 0 | the same |
/// | 1 | input | 4 | the program runs |
/// | 2 | no more input | 5, 6 | output, errors |
/// | 3 | the terminal's columns and rows, 2 bytes each | 7 | the exit code, 4 bytes: the end |
/// | | | 8 | a sentence on what went wrong: the end |
/// | | | 9 | so many bytes of input were taken, 4 bytes |
public enum ExecFrame: Hashable, Sendable {
    case nothing
    case input(ExecInput)
    case output(ExecOutput)
    case taken(Int)

    /// Bytes of input that may be on the way: sent and not yet said to be taken.
    public static let window = 256 << 10
    /// What a frame may have beyond its head.
    public static let payloadMaximum = ExecInput.dataMaximum
    private static let headSize = 5

    /// As it goes over the connection.
    public var bytes: [UInt8] {
        switch self {
        case .nothing, .input(.unknown), .output(.unknown), .output(.opening): Self.frame(0, [])
        case .input(.data(let bytes)): Self.frame(1, bytes)
        case .input(.end): Self.frame(2, [])
        case .input(.resize(let size)):
            Self.frame(3, Self.bytes(of: size.columns) + Self.bytes(of: size.rows))
        case .output(.started): Self.frame(4, [])
        case .output(.standardOutput(let bytes)): Self.frame(5, bytes)
        case .output(.standardError(let bytes)): Self.frame(6, bytes)
        case .output(.exited(let code)): Self.frame(7, Self.bytes(of: code))
        case .output(.failed(let text)):
            Self.frame(8, Array(text.utf8.prefix(Self.payloadMaximum)))
        case .taken(let count): Self.frame(9, Self.bytes(of: UInt32(clamping: count)))
        }
    }

    private static func frame(_ kind: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [kind] + bytes(of: UInt32(payload.count)) + payload
    }

    private static func bytes<Number: FixedWidthInteger>(of number: Number) -> [UInt8] {
        let size = Number.bitWidth / 8
        return (0..<size).map { UInt8(truncatingIfNeeded: number >> (8 * (size - 1 - $0))) }
    }

    private static func number<Number: FixedWidthInteger>(
        _ bytes: ArraySlice<UInt8>
    ) -> Number? {
        guard bytes.count == Number.bitWidth / 8 else { return nil }
        return bytes.reduce(Number(0)) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    /// `nil` for what makes no sense; of a kind that is not known it is ``nothing``.
    private init?(_ kind: UInt8, _ payload: ArraySlice<UInt8>) {
        switch kind {
        case 1: self = .input(.data(Array(payload)))
        case 2: self = .input(.end)
        case 3:
            guard let columns: UInt16 = Self.number(payload.prefix(2)),
                let rows: UInt16 = Self.number(payload.dropFirst(2))
            else { return nil }
            self = .input(.resize(TerminalSize(columns: columns, rows: rows)))
        case 4: self = .output(.started)
        case 5: self = .output(.standardOutput(Array(payload)))
        case 6: self = .output(.standardError(Array(payload)))
        case 7:
            guard let code: Int32 = Self.number(payload) else { return nil }
            self = .output(.exited(code))
        case 8: self = .output(.failed(String(decoding: payload, as: UTF8.self)))
        case 9:
            guard let count: UInt32 = Self.number(payload) else { return nil }
            self = .taken(Int(count))
        default: self = .nothing
        }
    }

    /// What came makes no sense.
    public struct Fault: Error, Hashable, Sendable {
        public var message: String
    }

    /// Frames out of bytes as they come, in pieces of any size.
    public struct Reader: Sendable {
        private var pending: [UInt8] = []
        /// Where the next frame begins.
        private var start = 0

        public init() {}

        public mutating func append(_ bytes: some Sequence<UInt8>) {
            pending.removeFirst(start)
            start = 0
            pending.append(contentsOf: bytes)
        }

        /// The next whole frame, if there is one.
        public mutating func next() throws(Fault) -> ExecFrame? {
            let rest = pending[start...]
            guard let length: UInt32 = ExecFrame.number(rest.dropFirst().prefix(4)) else {
                return nil
            }
            guard length <= ExecFrame.payloadMaximum else {
                throw Fault(
                    message: "a frame of \(length) bytes is over \(ExecFrame.payloadMaximum)")
            }
            let size = ExecFrame.headSize + Int(length)
            guard rest.count >= size else { return nil }
            let payload = rest[(start + ExecFrame.headSize)..<(start + size)]
            let kind = rest[start]
            guard let frame = ExecFrame(kind, payload) else {
                throw Fault(message: "a frame of kind \(kind) has \(length) bytes")
            }
            start += size
            return frame
        }
    }
}
