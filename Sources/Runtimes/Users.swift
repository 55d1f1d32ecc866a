import Glibc

/// A user that a container's process becomes.
struct ResolvedUser: Hashable, Sendable {
    var uid: uid_t
    var gid: gid_t
    /// Supplementary groups.
    var groups: [gid_t]
    /// `nil` when the uid has no entry in the user database.
    var home: String?

    /// Reads `user`, `user:group`, `uid`, `uid:gid` and mixtures; `nil` where a name is not known.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            .map { String($0) }
        guard let name = parts.first, !name.isEmpty else { return nil }
        let entry = Self.entry(name)
        guard let uid = entry?.uid ?? uid_t(name) else { return nil }
        self.uid = uid
        gid = entry?.gid ?? 0
        home = entry?.home
        groups = entry.map { Self.groups(of: $0.name, gid: $0.gid) } ?? []
        if parts.count == 2 {
            guard let group = Self.group(parts[1]) else { return nil }
            gid = group
            // As in Docker: a group that was named is the only one.
            groups = []
        }
    }

    private struct Entry {
        var name: String
        var uid: uid_t
        var gid: gid_t
        var home: String
    }

    private static func entry(_ name: String) -> Entry? {
        var found: UnsafeMutablePointer<passwd>?
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        if let uid = uid_t(name) {
            getpwuid_r(uid, &entry, &buffer, buffer.count, &found)
        } else {
            getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        }
        guard found != nil else { return nil }
        return Entry(
            name: String(cString: entry.pw_name), uid: entry.pw_uid, gid: entry.pw_gid,
            home: String(cString: entry.pw_dir))
    }

    private static func group(_ name: String) -> gid_t? {
        if let gid = gid_t(name) { return gid }
        var found: UnsafeMutablePointer<group>?
        var entry = Glibc.group()
        var buffer = [CChar](repeating: 0, count: 65_536)
        getgrnam_r(name, &entry, &buffer, buffer.count, &found)
        return found == nil ? nil : entry.gr_gid
    }

    /// At most 64, as many as a supervisor takes.
    private static func groups(of name: String, gid: gid_t) -> [gid_t] {
        var count: Int32 = 64
        var groups = [gid_t](repeating: 0, count: 64)
        _ = getgrouplist(name, gid, &groups, &count)
        return Array(groups.prefix(Int(min(max(count, 0), 64))))
    }
}
