/// What a session learned, in order.
///
/// Header bytes lie in one array and DATA stays where it was received, so that an event costs no
/// allocation of its own.
public struct HTTP2Events: Sendable {
    public enum Event: Hashable, Sendable {
        /// The peer's first SETTINGS arrived: it speaks HTTP/2.
        case ready
        /// A header list is complete: a request, a response, or trailers. `fields` are indices into
        /// ``HTTP2Events/fields``.
        case headers(stream: Int32, fields: Range<Int>, endsStream: Bool)
        /// A piece of a body: its place within the bytes given to the last `receive`. Whoever
        /// handles it gives the window back with `consume`.
        case data(stream: Int32, bytes: Range<Int>)
        /// The peer has sent all of the stream (with DATA; headers say it themselves).
        case ended(stream: Int32)
        /// The stream is gone. A code other than `noError` means that it was cut off.
        case closed(stream: Int32, code: UInt32)
        /// This side cut a stream off, because the peer broke a rule on it or opened one too many.
        case refused(stream: Int32, code: UInt32)
        /// The peer takes no streams above `last`. `isCalm` is false when it says that it was
        /// pinged too often.
        case goAway(last: Int32, code: UInt32, isCalm: Bool)
        /// The peer asked for a sign of life; the answer is on its way.
        case ping
        /// The peer answered a ping.
        case pong(UInt64)
        /// The connection broke a rule or a bound, as `HTTP2Session.failure` says; close it when
        /// the output is written.
        case failed
    }

    public struct Failure: Error, Hashable, Sendable {
        /// What the peer is told with GOAWAY.
        public var code: HTTP2ErrorCode
        /// Which rule or bound, for counting.
        public var kind: Kind
        /// For a log.
        public var reason: String

        /// What a peer can do to a connection that ends it.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// Bytes that are not HTTP/2, or frames where they may not be.
            case protocolViolation = "protocol_violation"
            /// Streams opened and reset faster than the limit.
            case rapidReset = "rapid_reset"
            /// A header block in more CONTINUATION frames than the limit.
            case continuationFlood = "continuation_flood"
            /// SETTINGS and PING whose answers the peer does not read.
            case controlFlood = "control_flood"
            /// Frames that do no work.
            case idleFrames = "idle_frames"
            case headerList = "header_list"
            /// Header compression that does not decode.
            case compression = "compression"
            /// Pings more often than allowed.
            case tooManyPings = "too_many_pings"
            /// This side's own failure.
            case own = "internal"
        }
    }

    /// One header: the place of its value within ``headerBytes``, and of its name if that is not a
    /// known one.
    public struct Field: Hashable, Sendable {
        public var known: HTTP2HeaderName
        public var name: Range<Int>
        public var value: Range<Int>
    }

    public private(set) var list: ContiguousArray<Event> = []
    public private(set) var fields: ContiguousArray<Field> = []
    public private(set) var headerBytes: [UInt8] = []

    /// Whether a field that is none of the known ones has a name, given in lower case.
    @inlinable public func name(of field: Field, is name: StaticString) -> Bool {
        Self.equal(headerBytes, field.name, name)
    }

    /// Whether a field has a value, byte for byte.
    @inlinable public func value(of field: Field, is value: StaticString) -> Bool {
        Self.equal(headerBytes, field.value, value)
    }

    public func value(of field: Field) -> ArraySlice<UInt8> {
        headerBytes[field.value]
    }

    /// The name of a field that is none of the known ones.
    public func name(of field: Field) -> ArraySlice<UInt8> {
        headerBytes[field.name]
    }

    /// A field for a person.
    public func line(of field: Field) -> String {
        let name =
            field.known == .other
            ? String(decoding: headerBytes[field.name], as: UTF8.self) : field.known.text
        return "\(name): \(text(of: field))"
    }

    public func text(of field: Field) -> String {
        String(decoding: headerBytes[field.value], as: UTF8.self)
    }

    @inlinable static func equal(
        _ bytes: [UInt8], _ range: Range<Int>, _ text: StaticString
    ) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for index in 0..<range.count
            where bytes[range.lowerBound + index] != text.utf8Start[index] {
                return false
            }
            return true
        }
    }

    /// Bytes held, used or not.
    var capacity: Int {
        list.capacity * MemoryLayout<Event>.stride + fields.capacity * MemoryLayout<Field>.stride
            + headerBytes.capacity
    }

    mutating func removeAll() {
        list.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        headerBytes.removeAll(keepingCapacity: true)
    }

    mutating func append(_ event: Event) {
        list.append(event)
    }

    mutating func appendField(
        _ known: HTTP2HeaderName, name: UnsafeBufferPointer<UInt8>,
        value: UnsafeBufferPointer<UInt8>
    ) {
        let start = headerBytes.count
        if known == .other { headerBytes.append(contentsOf: name) }
        let middle = headerBytes.count
        headerBytes.append(contentsOf: value)
        fields.append(
            Field(known: known, name: start..<middle, value: middle..<(middle + value.count)))
    }
}
