import Foundation
import HTTPTypes

/// The region that a request is for.
enum Region {
    /// That of the SigV4 credential scope,
    /// `Credential=<key>/<date>/<region>/<service>/aws4_request`; `fallback` when the request is
    /// not signed, `nil` when its scope makes no sense.
    static func of(_ headers: HTTPFields, default fallback: String) -> String? {
        guard let authorization = headers[.authorization],
            authorization.hasPrefix("AWS4-HMAC-SHA256")
        else { return fallback }
        var text = authorization.utf8.dropFirst(16)
        while !text.isEmpty {
            let member = text.prefix { $0 != UInt8(ascii: ",") }
            text = text.dropFirst(member.count + 1)
            let plain = member.drop { $0 == UInt8(ascii: " ") }
            let name = "Credential=".utf8
            if plain.starts(with: name) { return of(scope: plain.dropFirst(name.count)) }
        }
        return nil
    }

    /// The third part from the end.
    private static func of(scope: Substring.UTF8View) -> String? {
        let slash = UInt8(ascii: "/")
        guard scope.reduce(0, { $0 + ($1 == slash ? 1 : 0) }) >= 4 else { return nil }
        let end = "/aws4_request".utf8
        guard scope.suffix(end.count).elementsEqual(end) else { return nil }
        let service = scope.dropLast(end.count)
        guard let last = service.lastIndex(of: slash) else { return nil }
        let before = service[..<last]
        guard let start = before.lastIndex(of: slash) else { return nil }
        let region = String(Substring(before[before.index(after: start)...]))
        return isRegion(region) ? region : nil
    }

    private static func isRegion(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
            }
    }
}

/// A form of AWS's Query protocol.
enum Form {
    static func decode(_ text: String) -> [String: String] {
        text.split(separator: "&").reduce(into: [:]) { form, member in
            let name = member.prefix { $0 != "=" }
            form[decoded(name)] = decoded(member.dropFirst(name.count + 1))
        }
    }

    private static func decoded(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }
}
