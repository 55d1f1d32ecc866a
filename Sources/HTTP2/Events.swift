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
        /// The peer takes no streams above `last`.
        case goAway(last: Int32, code: UInt32)
        /// The peer answered a ping.
        case pong(UInt64)
        /// The connection broke a rule or a bound; close it when the output is written.
        case failed(Failure)
    }

    public struct Failure: Error, Hashable, Sendable {
        /// What the peer is told with GOAWAY.
        public var code: HTTP2ErrorCode
        /// For a log.
        public var reason: String
    }

    /// The place of one header within ``headerBytes``.
    public struct Field: Hashable, Sendable {
        public var name: Range<Int>
        public var value: Range<Int>
    }

    public private(set) var list: [Event] = []
    public private(set) var fields: [Field] = []
    public private(set) var headerBytes: [UInt8] = []

    /// Whether a field has a name, given in lower case.
    public func name(of field: Field, is name: StaticString) -> Bool {
        guard field.name.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { $0.elementsEqual(headerBytes[field.name]) }
    }

    /// Whether a field has a value, byte for byte.
    public func value(of field: Field, is value: [UInt8]) -> Bool {
        field.value.count == value.count && headerBytes[field.value].elementsEqual(value)
    }

    public func value(of field: Field) -> ArraySlice<UInt8> {
        headerBytes[field.value]
    }

    public func text(of field: Field) -> String {
        String(decoding: headerBytes[field.value], as: UTF8.self)
    }

    mutating func append(_ event: Event) {
        list.append(event)
    }

    mutating func appendField(
        name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>
    ) {
        let start = headerBytes.count
        headerBytes.append(contentsOf: name)
        let middle = headerBytes.count
        headerBytes.append(contentsOf: value)
        fields.append(Field(name: start..<middle, value: middle..<headerBytes.count))
    }
}
