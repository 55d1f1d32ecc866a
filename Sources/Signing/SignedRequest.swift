import Crypto

/// What of an HTTP request a signature covers.
public struct SignedRequest: Sendable {
    public var method: String
    /// As on the request line: the path, and `?` and a query if there is one.
    public var target: String
    /// Names in lower case, in the order of the request; `host` among them.
    public var headers: [Header]
    /// SHA-256 of the body, in hexadecimal, or ``unsignedBody``.
    public var bodyHash: String

    /// In place of the hash of a body that comes in pieces over a long time: nothing of it is
    /// signed, so all that says what is wanted must be elsewhere.
    public static let unsignedBody = "UNSIGNED-PAYLOAD"

    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        method: String, target: String, headers: [Header], body: some Sequence<UInt8>
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        bodyHash = Hex.text(SHA256.hash(data: Array(body)))
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }

    /// The text that the signature is made of, before it is hashed.
    ///
    /// - Throws: When a header of those is not there.
    func canonical(signing names: [String]) throws(SignatureFault) -> String {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        var text = method
        text.reserveCapacity(1_024)
        text += "\n"
        text += Self.canonical(path: target[..<(mark ?? target.endIndex)])
        text += "\n"
        if let mark { text += Self.canonical(query: target[target.utf8.index(after: mark)...]) }
        text += "\n"
        for name in names {
            var isFirst = true
            for header in headers where header.name == name {
                text += isFirst ? name : ","
                if isFirst { text += ":" }
                text += Self.collapsed(header.value)
                isFirst = false
            }
            guard !isFirst else {
                throw .invalid(
                    "The header '\(name.prefix(64))' is a 'SignedHeader' in the AWS Authorization "
                        + "and is not in the request.")
            }
            text += "\n"
        }
        text += "\n"
        text += names.joined(separator: ";")
        text += "\n"
        text += bodyHash
        return text
    }

    /// The path with its dots resolved, encoded once more, as all services but S3 have it.
    static func canonical(path: Substring) -> String {
        if path.isEmpty || path == "/" { return "/" }
        var segments: [Substring] = []
        for segment in path.utf8.split(separator: UInt8(ascii: "/")).map({ Substring($0) }) {
            switch segment {
            case ".": continue
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
        let isFolder = path.hasSuffix("/") && !segments.isEmpty
        let encoded = segments.map { URIText.encoded($0.utf8) }
        return "/" + encoded.joined(separator: "/") + (isFolder ? "/" : "")
    }

    static func canonical(query: Substring) -> String {
        let members = query.utf8.split(separator: UInt8(ascii: "&")).map { member in
            let name = member.prefix { $0 != UInt8(ascii: "=") }
            let value = member.dropFirst(name.count + 1)
            return (
                URIText.encoded(URIText.decoded(name)), URIText.encoded(URIText.decoded(value))
            )
        }
        return members.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Without white space around it, and with one space for each stretch within.
    private static func collapsed(_ value: String) -> String {
        var last = UInt8(ascii: " ")
        let isPlain = value.utf8.allSatisfy { byte in
            defer { last = byte }
            return byte != 0x09 && (byte != 0x20 || last != 0x20)
        }
        if isPlain, last != 0x20 || value.isEmpty { return value }
        return value.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { Substring($0) }
            .joined(separator: " ")
    }
}

/// Percent-encoding as signatures have it: all but letters, digits and `-._~`.
enum URIText {
    static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: text.append(byte)
            default:
                text.append(UInt8(ascii: "%"))
                text.append(Hex.digit(byte >> 4, upper: true))
                text.append(Hex.digit(byte & 0xF, upper: true))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decoded(_ text: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(Hex.value),
                let low = rest.dropFirst().first.flatMap(Hex.value)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

enum Hex {
    static func digit(_ value: UInt8, upper: Bool = false) -> UInt8 {
        value < 10 ? 0x30 + value : (upper ? 0x37 : 0x57) + value
    }

    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 0xF))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` unless it is pairs of lower-case digits.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]),
                !(0x41...0x46).contains(digits[index]), !(0x41...0x46).contains(digits[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
