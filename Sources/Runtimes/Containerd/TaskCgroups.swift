import Glibc
import Logging
import Model

/// The control groups of tasks, below which containerd makes those of containers. containerd makes
/// them, but neither sets their limits nor removes them.
struct TaskCgroups: Sendable {
    /// One hierarchy: all of version 1's, or version 2's only.
    private struct Hierarchy: Hashable, Sendable {
        var path: String
        var controllers: [String]
        var isUnified: Bool
    }

    private struct Setting {
        var controller: String
        var file: String
        var value: String
        /// Not every kernel has it, as for swap.
        var isOptional = false
    }

    private let hierarchies: [Hierarchy]
    private let isUnified: Bool
    private let driver: CgroupDriver
    /// The name of the group of all tasks of this worker.
    private let worker: String
    private let logger: Logger

    /// - Parameter mounts: those of this process.
    init(
        owner: String, driver: CgroupDriver,
        mounts: [Mount] = Mount.all(try? Files.read("/proc/self/mountinfo")), logger: Logger
    ) {
        let mounts = mounts.filter { $0.type == "cgroup" || $0.type == "cgroup2" }
        // In a container of version 1 each shows a part of a hierarchy; whole ones come first.
        let whole = mounts.filter { $0.root == "/" }
        let parts = mounts.filter { $0.root != "/" }
        hierarchies = (whole + parts).map { mount in
            let isUnified = mount.type == "cgroup2"
            let names = isUnified ? Self.controllers(at: mount.path) : mount.options
            return Hierarchy(path: mount.path, controllers: names, isUnified: isUnified)
        }
        isUnified = !hierarchies.contains { !$0.isUnified && $0.controllers.contains("memory") }
        self.driver = driver
        worker = "muster-\(Self.digest(owner))"
        self.logger = logger
    }

    /// What of `cpu`, `memory` and `swap` can be limited.
    var limits: Set<String> {
        var limits = Set(["cpu", "memory"].filter { hierarchy(of: $0) != nil })
        // Not every kernel counts swap.
        if let memory = hierarchy(of: "memory"),
            isUnified || Files.exists("\(memory.path)/memory.memsw.limit_in_bytes")
        {
            limits.insert("swap")
        }
        return limits
    }

    private func hierarchy(of controller: String) -> Hierarchy? {
        hierarchies.first { $0.isUnified == isUnified && $0.controllers.contains(controller) }
    }

    private static func controllers(at path: String) -> [String] {
        let text = (try? Files.read("\(path)/cgroup.controllers")) ?? []
        return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            .map { String($0) }
    }

    /// The group of a task, as containerd is told it.
    func parent(of task: TaskID) -> String {
        driver.parent(worker: worker, task: task.description)
    }

    private func path(of task: TaskID) -> String { driver.path(of: parent(of: task)) }

    /// Sets the limits of the task as a whole.
    func limit(_ spec: TaskSpec) {
        var settings: [Setting] = []
        if let memory = spec.memory {
            let swap = spec.containers.reduce(0) { $0 + ($1.setup?.swapMaximum ?? 0) } << 20
            let bytes = String(memory << 20)
            settings += [
                Setting(
                    controller: "memory", file: isUnified ? "memory.max" : "memory.limit_in_bytes",
                    value: bytes),
                Setting(
                    controller: "memory",
                    file: isUnified ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
                    value: String(isUnified ? swap : memory << 20 + swap), isOptional: true),
            ]
        }
        if let cpu = spec.cpu, cpu > 0 {
            // CPU units of 1024 a core, as the part of every 100 ms.
            let quota = max(1_000, cpu * 100_000 / 1_024)
            settings.append(
                isUnified
                    ? Setting(controller: "cpu", file: "cpu.max", value: "\(quota) 100000")
                    : Setting(controller: "cpu", file: "cpu.cfs_quota_us", value: "\(quota)"))
        }
        set(settings, in: path(of: spec.id))
    }

    /// Sets what CRI has no word for of a running container.
    func reserve(_ memory: Int?, for container: String, of task: TaskID) {
        guard let memory else { return }
        let file = isUnified ? "memory.low" : "memory.soft_limit_in_bytes"
        set(
            [Setting(controller: "memory", file: file, value: String(memory << 20))],
            in: "\(path(of: task))/\(driver.name(of: container))")
    }

    private func set(_ settings: [Setting], in group: String) {
        for setting in settings {
            guard let hierarchy = hierarchy(of: setting.controller) else {
                if setting.isOptional { continue }
                logger.warning(
                    "a limit is not enforced: the host has no control groups of its kind",
                    metadata: ["group": "\(group)", "controller": "\(setting.controller)"])
                continue
            }
            let path = "\(hierarchy.path)\(group)/\(setting.file)"
            guard !Cgroups.write(path, setting.value), !setting.isOptional else { continue }
            logger.warning(
                "a limit is not enforced: can't set it",
                metadata: ["file": "\(path)", "errno": "\(errno)"])
        }
    }

    /// Removes what is left of a task's groups, in every hierarchy; the worker's own with the last.
    /// A slice that is empty goes by itself, or here where systemd makes it no more.
    func remove(_ task: TaskID) {
        for hierarchy in hierarchies {
            let path = hierarchy.path + path(of: task)
            rmdir(path)
            rmdir(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        }
    }

    /// A short name for a worker (FNV-1a).
    static func digest(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
