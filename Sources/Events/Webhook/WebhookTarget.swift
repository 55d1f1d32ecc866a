import Foundation

/// Where events are posted to. Of its address only scheme, host and port are ever shown: a path may
/// hold a secret.
public struct WebhookTarget: Hashable, Sendable {
    public let isTLS: Bool
    public let host: String
    public let port: Int
    /// With the query.
    let path: String
    /// The whole address as it was given.
    let url: String

    /// Why an address can't be posted to, and what could.
    public struct Fault: Error, Hashable, Sendable {
        public var text: String
    }

    public init(_ url: String) throws(Fault) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty
        else { throw Fault(text: "It is no address. Write http://HOST:PORT/PATH or https://…") }
        guard parts.user == nil, parts.password == nil else {
            throw Fault(
                text: "It has a user or password, which would not be sent. Put a secret into the "
                    + "path or the query.")
        }
        guard parts.fragment == nil else {
            throw Fault(text: "It has a fragment (#…), which no server gets. Leave it out.")
        }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65_535).contains(port) else {
            throw Fault(text: "There is no port \(port). Give one from 1 to 65535.")
        }
        isTLS = scheme == "https"
        // An IPv6 address stands in brackets there.
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        self.path = path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
        self.url = url
    }

    /// What the field `Host` says.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
}

extension WebhookTarget: CustomStringConvertible {
    public var description: String { "\(isTLS ? "https" : "http")://\(authority)" }
}
