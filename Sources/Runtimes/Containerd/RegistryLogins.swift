import CRI
import FoundationEssentials
import RPC

/// Logins of registries, from a file as `docker login` writes it: `auths`, by registry, with an
/// `auth` or a `username` and a `password`. It is read for each pull: a renewed login counts at
/// once.
struct RegistryLogins: Sendable {
    private struct File: Decodable {
        struct Entry: Decodable {
            var auth: String?
            var username: String?
            var password: String?
        }
        var auths: [String: Entry]?
    }

    /// `nil`: every image is pulled as anybody.
    let path: String?

    /// The login for an image's registry, if there is one.
    func login(for image: String) throws(RPCError) -> RegistryLogin? {
        guard let path else { return nil }
        guard let bytes = try? Files.read(path),
            let file = try? JSONDecoder().decode(File.self, from: Data(bytes))
        else {
            throw RPCError(
                .failedPrecondition, "the file of registry logins \(path) can't be read as JSON")
        }
        let registry = Self.registry(of: image)
        let names = [registry, "https://\(registry)", "https://\(registry)/v1/"]
        guard let entry = names.lazy.compactMap({ file.auths?[$0] }).first else { return nil }
        return RegistryLogin(
            user: entry.username ?? "", password: entry.password ?? "", auth: entry.auth ?? "")
    }

    /// The part before the first slash if it looks like a host; Docker Hub otherwise.
    static func registry(of image: String) -> String {
        let parts = image.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let first = parts.first,
            first.contains(".") || first.contains(":") || first == "localhost"
        else { return "index.docker.io" }
        return String(first)
    }
}
