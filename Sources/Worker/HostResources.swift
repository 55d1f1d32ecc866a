import Glibc
public import Model

/// What this host has and how much of it is in use, read from `/proc`.
public enum HostResources {
    /// Ports that ECS's agent keeps by default: ssh, Docker and the agent itself.
    public static let reservedPorts = [22, 2_375, 2_376, 51_678, 51_679]

    /// 1,024 CPU units a core, all memory less `reservedMemory` MiB, and the ports kept back.
    public static func offered(reservedMemory: Int = 0) -> Resources {
        Resources(
            cpu: cores * 1_024, memory: max(memory.total - reservedMemory, 1),
            tcpPorts: reservedPorts)
    }

    /// In ECS's words.
    static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "x86_64"
        #endif
    }

    static var cores: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

    /// MiB in all, and MiB not available to new processes.
    static var memory: (total: Int, used: Int) {
        let lines = read("/proc/meminfo").split(separator: "\n")
        func mebibytes(_ name: String) -> Int {
            guard let line = lines.first(where: { $0.hasPrefix(name + ":") }) else { return 0 }
            let digits = line.split(separator: " ").dropFirst().first.map { String($0) }
            return (digits.flatMap { Int($0) } ?? 0) / 1_024
        }
        let total = mebibytes("MemTotal")
        return (total, max(total - mebibytes("MemAvailable"), 0))
    }

    /// Clock ticks since boot: all, and those not idle.
    static var ticks: (total: UInt64, busy: UInt64) {
        let line = read("/proc/stat").prefix { $0 != "\n" }
        let counts = line.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0) }
        guard counts.count >= 5 else { return (0, 0) }
        let total = counts.reduce(0, &+)
        return (total, total - min(counts[3] &+ counts[4], total))
    }

    /// Nanoseconds of CPU time since boot, of all cores, idle or not.
    static var cpuTime: UInt64 {
        ticks.total &* (1_000_000_000 / UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1)))
    }

    /// The first 64 KiB of a file, or nothing.
    private static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}

/// The load that a heartbeat shows, measured between two calls.
struct LoadMeter {
    private var last = HostResources.ticks

    /// CPU units and MiB in use.
    mutating func measure() -> (cpu: UInt32, memory: UInt32) {
        let ticks = HostResources.ticks
        defer { last = ticks }
        let total = ticks.total &- last.total
        let busy = min(ticks.busy &- last.busy, total)
        let units = UInt64(HostResources.cores) * 1_024
        let cpu = total == 0 ? 0 : busy * units / total
        return (UInt32(clamping: cpu), UInt32(clamping: HostResources.memory.used))
    }
}
