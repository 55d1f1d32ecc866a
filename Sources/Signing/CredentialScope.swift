/// What a signature is good for: a day, a region and a service.
public struct CredentialScope: Hashable, Sendable {
    /// `YYYYMMDD`.
    public var date: String
    public var region: String
    public var service: String

    public init(date: String, region: String, service: String) {
        self.date = date
        self.region = region
        self.service = service
    }

    static let terminator = "aws4_request"

    var text: String { "\(date)/\(region)/\(service)/\(Self.terminator)" }
}

/// The `Authorization` header of Signature Version 4, taken apart.
public struct Authorization: Hashable, Sendable {
    public var accessKey: String
    public var scope: CredentialScope
    /// In the order in which they stand there.
    public var signedHeaders: [String]
    /// As it stands there; whether it is hexadecimal shows when it is compared.
    public var signature: String

    public static let algorithm = "AWS4-HMAC-SHA256"
    /// Signed headers beyond which a request is not looked at.
    public static let signedHeadersMaximum = 100

    /// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`: the three in any order,
    /// with any white space around the commas.
    ///
    /// - Throws: ``SignatureFault/missing`` for another scheme, else
    ///   ``SignatureFault/incomplete(_:)``.
    public init(_ header: String) throws(SignatureFault) {
        // Bytes rather than characters: this is on the path of every request.
        let bytes = header.utf8
        guard bytes.starts(with: Self.algorithm.utf8) else { throw .missing }
        let rest = bytes.dropFirst(Self.algorithm.utf8.count)
        guard rest.isEmpty || rest.first == UInt8(ascii: " ") else { throw .missing }
        var credential: Substring = ""
        var signature: Substring = ""
        var headers: Substring = ""
        for part in rest.split(separator: UInt8(ascii: ",")) {
            let member = part.trimmed
            guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else {
                throw .incomplete(
                    "'\(Substring(member).prefix(64))' not a valid key=value pair (missing "
                        + "equal-sign) in Authorization header.")
            }
            let value = Substring(member[member.index(after: equals)...])
            switch Substring(member[..<equals]) {
            // Of two, one could be read here and the other by who asks for the region.
            case "Credential" where !credential.isEmpty:
                throw .incomplete("Authorization header has 'Credential' more than once.")
            case "Credential": credential = value
            case "Signature": signature = value
            case "SignedHeaders": headers = value
            default: break
            }
        }
        let wanted = [
            ("Credential", credential), ("Signature", signature), ("SignedHeaders", headers),
        ]
        let absent = wanted.filter { $0.1.isEmpty }
        guard absent.isEmpty else {
            throw .incomplete(
                absent.map { "Authorization header requires '\($0.0)' parameter." }
                    .joined(separator: " "))
        }
        (accessKey, scope) = try Self.read(credential: credential)
        signedHeaders = headers.utf8.split(separator: UInt8(ascii: ";")).map {
            String(Substring($0))
        }
        self.signature = String(signature)
        guard signedHeaders.count <= Self.signedHeadersMaximum else {
            throw .incomplete(
                "The request signs \(signedHeaders.count) headers; "
                    + "\(Self.signedHeadersMaximum) are the most.")
        }
    }

    private static func read(
        credential: Substring
    ) throws(SignatureFault) -> (String, CredentialScope) {
        let parts = credential.utf8
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard parts.count == 5, !parts[0].isEmpty else {
            throw .incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. "
                    + "keyid/date/region/service/term, got '\(credential.prefix(128))'")
        }
        guard parts[4] == CredentialScope.terminator else {
            throw .invalid(
                "Credential should be scoped with a valid terminator: "
                    + "'\(CredentialScope.terminator)', not '\(parts[4].prefix(64))'.")
        }
        let scope = CredentialScope(
            date: String(parts[1]), region: String(parts[2]), service: String(parts[3]))
        return (String(parts[0]), scope)
    }

    /// As it is sent.
    public var header: String {
        "\(Self.algorithm) Credential=\(accessKey)/\(scope.text), "
            + "SignedHeaders=\(signedHeaders.joined(separator: ";")), Signature=\(signature)"
    }
}

extension Substring.UTF8View {
    var trimmed: Substring.UTF8View {
        var text = self
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }
}
