import CProcess
import Glibc
import Model

extension ProcessRuntime {
    /// By the container's control groups where it has any. Otherwise of the processes that are in
    /// its session or group: what left both is not counted, and CPU time of processes that nobody
    /// waited for is gone with them.
    public func usage() async throws(RuntimeError) -> [RuntimeUsage] {
        try await lanes.runMeasuring { () throws(RuntimeError) in self.usageNow() }
    }

    private func usageNow() -> [RuntimeUsage] {
        let watched = watch.keys
        guard !watched.isEmpty else { return [] }
        var found: [pid_t: ProcessSum] = [:]
        // The time of a zombie is not its parent's yet.
        for process in Leftovers.processes(withZombies: true) {
            found[process.session, default: ProcessSum()].add(process)
            if process.group != process.session {
                found[process.group, default: ProcessSum()].add(process)
            }
        }
        let boot = currentBoot()
        return watched.compactMap { key in
            let started = try? data.container(key).started()
            guard let started, started.boot == boot, let sum = found[started.pid], sum.count > 0
            else { return nil }
            return sum.usage(of: key, cgroups.usage(of: key))
        }
    }
}

/// What the processes of a session use together.
private struct ProcessSum {
    var ticks: UInt64 = 0
    var pages: UInt64 = 0
    var count = 0

    mutating func add(_ process: cprocess_process) {
        ticks &+= process.used
        pages &+= process.pages
        if !Leftovers.isZombie(process) { count += 1 }
    }

    func usage(of key: ContainerKey, _ group: CgroupUsage) -> RuntimeUsage {
        let second = UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        let page = UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 1))
        return RuntimeUsage(
            container: key, cpuTime: group.cpuTime ?? ticks &* (1_000_000_000 / second),
            memory: group.memory ?? pages &* page, memoryLimit: group.memoryLimit,
            processes: count)
    }
}
