import HTTP2

/// The custom metadata of a call: ordered names and values beside gRPC's own headers.
///
/// Names are lower-case and have no prefix `grpc-`. A name that ends with `-bin` carries bytes, any
/// other printable ASCII; what breaks these rules is not added.
public struct RPCMetadata: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
        case text(String)
        case binary([UInt8])
    }

    public struct Entry: Hashable, Sendable {
        public var name: String
        public var value: Value
    }

    public private(set) var entries: [Entry] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// Adds text under a name that does not end with `-bin`.
    public mutating func add(_ name: String, _ value: String) {
        let isPrintable = value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        guard isPrintable, !name.hasSuffix("-bin"), Self.isName(name) else { return }
        entries.append(Entry(name: name, value: .text(value)))
    }

    /// Adds bytes under a name that ends with `-bin`.
    public mutating func add(_ name: String, binary value: [UInt8]) {
        guard name.hasSuffix("-bin"), Self.isName(name) else { return }
        entries.append(Entry(name: name, value: .binary(value)))
    }

    /// The first text of a name.
    public subscript(name: String) -> String? {
        for entry in entries where entry.name == name {
            if case .text(let text) = entry.value { return text }
        }
        return nil
    }

    /// The first bytes of a name.
    public func binary(_ name: String) -> [UInt8]? {
        for entry in entries where entry.name == name {
            if case .binary(let bytes) = entry.value { return bytes }
        }
        return nil
    }

    /// gRPC's rule for names, less the ones it keeps for itself.
    private static func isName(_ name: String) -> Bool {
        guard !name.isEmpty, !isReserved(name.utf8) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    /// Whether a header is the protocol's own and no metadata.
    static func isReserved(_ name: some Collection<UInt8>) -> Bool {
        if name.first == UInt8(ascii: ":") || name.starts(with: "grpc-".utf8) { return true }
        return reserved.contains { $0.utf8.elementsEqual(name) }
    }

    private static let reserved = [
        "te", "content-type", "user-agent", "content-length", "accept", "accept-encoding",
        "connection", "host",
    ]
}

extension RPCMetadata {
    /// Takes over a header of a peer, unless it is reserved. Several binary values may come in one
    /// header, separated by commas.
    mutating func add(_ events: HTTP2Events, _ field: HTTP2Events.Field) {
        let name = events.name(of: field)
        guard field.known == .other, !Self.isReserved(name) else { return }
        let text = String(decoding: name, as: UTF8.self)
        let value = events.value(of: field)
        guard text.hasSuffix("-bin") else {
            entries.append(
                Entry(name: text, value: .text(String(decoding: value, as: UTF8.self))))
            return
        }
        for part in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard let bytes = Base64.decode(part) else { continue }
            entries.append(Entry(name: text, value: .binary(bytes)))
        }
    }
}

extension HTTP2Headers {
    mutating func append(_ metadata: RPCMetadata) {
        for entry in metadata.entries {
            switch entry.value {
            case .text(let text): append(entry.name, text)
            case .binary(let bytes): append(entry.name, Base64.encode(bytes))
            }
        }
    }
}
