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
        let name = "Credential=".utf8
        let credential = authorization.utf8.dropFirst(16).split(separator: UInt8(ascii: ","))
            .map { $0.drop { $0 == UInt8(ascii: " ") } }
            .first { $0.starts(with: name) }
            .map { Substring($0.dropFirst(name.count)) }
        guard let credential else { return nil }
        let scope = credential.split(separator: "/", omittingEmptySubsequences: false)
        guard scope.count >= 5, scope.last == "aws4_request" else { return nil }
        let region = String(scope[scope.count - 3])
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
