import Logging
import Model

/// A container's control groups: folders that its process joins.
struct Cgroup: Hashable, Sendable {
    /// One, or with version 1 one for each controller.
    var folders: [String]
    /// A file with a line `oom_kill N`.
    var outOfMemoryFile: String?
}

struct Cgroups: Sendable {
    var limitsMemory = false
    var weighsCPU = false
    static func found() -> Cgroups { Cgroups() }
    func make(for key: ContainerKey, _ definition: ContainerDefinition, _ logger: Logger) -> Cgroup? { nil }
    func remove(_ key: ContainerKey) {}
}
