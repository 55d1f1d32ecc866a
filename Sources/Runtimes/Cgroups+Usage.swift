import Model

/// What a control group tells of its processes; `nil` where it does not.
struct CgroupUsage: Hashable, Sendable {
    /// Nanoseconds.
    var cpuTime: UInt64?
    /// Bytes, without what the kernel only caches.
    var memory: UInt64?
    var memoryLimit: UInt64?
}

extension Cgroups {
    /// Beyond it a limit is none: the kernel's largest number, in whole pages.
    private static let limitMaximum: UInt64 = 1 << 60

    func usage(of key: ContainerKey) -> CgroupUsage {
        var usage = CgroupUsage()
        if let cpu {
            let folder = folder(of: key, in: cpu)
            usage.cpuTime =
                isUnified
                ? Self.entry("usage_usec", in: "\(folder)/cpu.stat").map { $0 &* 1_000 }
                : Self.number("\(folder)/cpuacct.usage")
        }
        if let memory {
            let folder = folder(of: key, in: memory)
            let all = Self.number(
                folder + (isUnified ? "/memory.current" : "/memory.usage_in_bytes"))
            let cached = isUnified ? "inactive_file" : "total_inactive_file"
            usage.memory = all.map { all in
                all - min(all, Self.entry(cached, in: "\(folder)/memory.stat") ?? 0)
            }
            usage.memoryLimit = Self.number(
                folder + (isUnified ? "/memory.max" : "/memory.limit_in_bytes")
            ).flatMap { $0 < Self.limitMaximum ? $0 : nil }
        }
        return usage
    }

    private static func text(_ path: String) -> Substring {
        String(decoding: (try? Files.read(path)).flatMap(\.self) ?? [], as: UTF8.self)[...]
    }

    private static func number(_ path: String) -> UInt64? {
        UInt64(text(path).prefix { !$0.isWhitespace })
    }

    /// The number behind a name, of a file of lines.
    private static func entry(_ name: String, in path: String) -> UInt64? {
        for line in text(path).split(separator: "\n") where line.hasPrefix(name + " ") {
            return UInt64(line.dropFirst(name.utf8.count + 1))
        }
        return nil
    }
}
