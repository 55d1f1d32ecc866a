import Glibc

extension Cgroups {
    /// What the host allows, found by trying.
    static func found() -> Cgroups {
        let mounts = Mount.all(try? Files.read("/proc/self/mountinfo"))
        let own = OwnGroups(try? Files.read("/proc/self/cgroup"))
        let second = mounts.filter { $0.type == "cgroup2" }.compactMap { unified($0) }.first
        if let second { return second }
        return Cgroups(
            memory: separate("memory", having: "memory.limit_in_bytes", mounts, own),
            cpu: separate("cpu", having: "cpu.shares", mounts, own), isUnified: false)
    }

    /// Version 2 forbids processes beside child groups, so the groups lie below the root, and not
    /// below the worker's own.
    private static func unified(_ mount: Mount) -> Cgroups? {
        let available = text("\(mount.path)/cgroup.controllers").split(
            whereSeparator: \.isWhitespace)
        guard available.contains("memory") || available.contains("cpu") else { return nil }
        let parent = mount.path + "/muster"
        _ = write("\(mount.path)/cgroup.subtree_control", "+memory +cpu")
        guard mkdir(parent, 0o755) == 0 || errno == EEXIST else { return nil }
        _ = write("\(parent)/cgroup.subtree_control", "+memory +cpu")
        let enabled = text("\(parent)/cgroup.subtree_control").split(whereSeparator: \.isWhitespace)
        guard access("\(parent)/cgroup.procs", W_OK) == 0, !enabled.isEmpty else { return nil }
        return Cgroups(
            memory: enabled.contains("memory") ? parent : nil,
            cpu: enabled.contains("cpu") ? parent : nil, isUnified: true)
    }

    /// Version 1: below the worker's own group, so that its limits hold for containers too.
    private static func separate(
        _ controller: String, having file: String, _ mounts: [Mount], _ own: OwnGroups
    ) -> String? {
        for mount in mounts where mount.type == "cgroup" && mount.options.contains(controller) {
            guard let path = own.path(of: controller, in: mount) else { continue }
            let parent = path + "/muster"
            guard mkdir(parent, 0o755) == 0 || errno == EEXIST else { continue }
            if access("\(parent)/\(file)", W_OK) == 0 { return parent }
        }
        return nil
    }

    private static func text(_ path: String) -> String {
        String(decoding: (try? Files.read(path)) ?? [], as: UTF8.self)
    }
}

/// A line of `/proc/self/mountinfo`.
struct Mount: Hashable {
    /// The folder of the file system that is mounted.
    var root: String
    var path: String
    var type: String
    var options: [String]

    static func all(_ bytes: [UInt8]?) -> [Mount] {
        String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n").compactMap { line in
            // Optional fields of any number end with a lone dash.
            let fields = line.split(separator: " ").map { String($0) }
            guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"),
                fields.count > dash + 3
            else { return nil }
            return Mount(
                root: fields[3], path: fields[4], type: fields[dash + 1],
                options: fields[dash + 3].split(separator: ",").map { String($0) })
        }
    }
}

/// The groups of this process with version 1, from `/proc/self/cgroup`.
struct OwnGroups {
    private var paths: [String: String] = [:]

    init(_ bytes: [UInt8]?) {
        for line in String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2).map { String($0) }
            guard fields.count == 3 else { continue }
            for controller in fields[1].split(separator: ",") {
                paths[String(controller)] = fields[2]
            }
        }
    }

    /// The folder of this process's group. A mount may show a part of the hierarchy only.
    func path(of controller: String, in mount: Mount) -> String? {
        guard var path = paths[controller] else { return nil }
        if mount.root != "/" {
            guard path.hasPrefix(mount.root) else { return nil }
            path.removeFirst(mount.root.count)
        }
        return path == "/" ? mount.path : mount.path + path
    }
}
