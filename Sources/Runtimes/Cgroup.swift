import Glibc
import Logging
package import Model

/// A container's control groups: folders that its process joins.
struct Cgroup: Hashable, Sendable {
    /// One, or with version 1 one for each controller.
    var folders: [String]
    /// A file with a line `oom_kill N`.
    var outOfMemoryFile: String?
}

/// Where this host lets the worker limit memory and weigh CPU by control groups, of version 2 or 1.
///
/// A container's groups lie in a folder `muster`; a host that doesn't allow it is no error, but the
/// runtime's attributes don't claim it then.
package struct Cgroups: Hashable, Sendable {
    /// The folders in which groups are made; `nil` where the controller can't be used. With version
    /// 2 both are the same.
    package var memory: String?
    package var cpu: String?
    package var isUnified: Bool

    package init(memory: String?, cpu: String?, isUnified: Bool) {
        self.memory = memory
        self.cpu = cpu
        self.isUnified = isUnified
    }

    /// What of `cpu` and `memory` can be limited.
    var limits: Set<String> {
        Set([(memory, "memory"), (cpu, "cpu")].compactMap { $0.0 == nil ? nil : $0.1 })
    }

    private var parents: [String] { Set([memory, cpu].compactMap(\.self)).sorted() }

    /// Makes a container's groups; `nil` when the definition sets no limit or none can be enforced.
    func make(
        for key: ContainerKey, _ definition: ContainerDefinition, _ logger: Logger
    ) -> Cgroup? {
        let settings = settings(of: definition)
        var folders: [String] = []
        for parent in parents {
            let mine = settings.filter { $0.parent == parent }
            guard !mine.isEmpty else { continue }
            let folder = folder(of: key, in: parent)
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
                logger.warning(
                    "limits are not enforced: can't make a control group",
                    metadata: ["folder": "\(folder)", "errno": "\(errno)"])
                continue
            }
            folders.append(folder)
            for setting in mine where !Self.set(folder + "/" + setting.file, setting.value) {
                guard !setting.isOptional else { continue }
                logger.warning(
                    "a limit is not enforced: can't set it",
                    metadata: ["file": "\(folder)/\(setting.file)", "errno": "\(errno)"])
            }
        }
        guard !folders.isEmpty else { return nil }
        let events = isUnified ? "memory.events" : "memory.oom_control"
        let group = memory.map { folder(of: key, in: $0) }
        return Cgroup(
            folders: folders,
            outOfMemoryFile: group.flatMap { folders.contains($0) ? "\($0)/\(events)" : nil })
    }

    /// Removes a container's groups once nothing is left in them. Usually its supervisor has.
    func remove(_ key: ContainerKey) {
        for parent in parents { rmdir(folder(of: key, in: parent)) }
    }

    func folder(of key: ContainerKey, in parent: String) -> String {
        "\(parent)/\(key.task)-\(key.name)"
    }

    package struct Setting: Hashable {
        var parent: String
        package var file: String
        package var value: Int
        /// Not every kernel has it, as for swap.
        var isOptional = false
    }

    /// The files to write, and what.
    package func settings(of definition: ContainerDefinition) -> [Setting] {
        var settings: [Setting] = []
        if let memory {
            if let limit = definition.memory {
                let bytes = limit << 20
                // Without a bound on swap a limit on memory would only slow the container down.
                settings += [
                    Setting(
                        parent: memory, file: isUnified ? "memory.max" : "memory.limit_in_bytes",
                        value: bytes),
                    Setting(
                        parent: memory,
                        file: isUnified ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
                        value: isUnified ? 0 : bytes, isOptional: true),
                ]
            }
            if let reservation = definition.memoryReservation {
                settings.append(
                    Setting(
                        parent: memory,
                        file: isUnified ? "memory.low" : "memory.soft_limit_in_bytes",
                        value: reservation << 20))
            }
        }
        if let cpu, definition.cpu > 0 {
            // 2...262144 shares are 1...10000 of weight, as container runtimes reckon it.
            let shares = min(max(definition.cpu, 2), 262_144)
            settings.append(
                Setting(
                    parent: cpu, file: isUnified ? "cpu.weight" : "cpu.shares",
                    value: isUnified ? 1 + (shares - 2) * 9_999 / 262_142 : shares))
        }
        return settings
    }

    private static func set(_ path: String, _ value: Int) -> Bool { write(path, String(value)) }

    static func write(_ path: String, _ text: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count
    }
}
