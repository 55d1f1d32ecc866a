import Glibc

/// What Prometheus's clients tell of their process under these names, from `/proc`.
enum ProcessMetrics {
    static func write(to text: inout Exposition) {
        if let statistics = Statistics() {
            text.begin("process_cpu_seconds_total", .counter)
            text.sample("process_cpu_seconds_total", .none, statistics.cpuSeconds)
            text.begin("process_resident_memory_bytes", .gauge)
            text.sample("process_resident_memory_bytes", .none, statistics.residentBytes)
        }
        if let count = openFiles() {
            text.begin("process_open_fds", .gauge)
            text.sample("process_open_fds", .none, count)
        }
    }

    private struct Statistics {
        var cpuSeconds: Double
        var residentBytes: Int64

        init?() {
            // After the command in parentheses: state is field 3, utime 14, stime 15, rss 24.
            guard let line = Self.read("/proc/self/stat"), let end = line.lastIndex(of: ")") else {
                return nil
            }
            let fields = line[line.index(after: end)...].split(separator: " ")
            guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
                let pages = Int64(fields[21])
            else { return nil }
            cpuSeconds = (user + system) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
            residentBytes = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
        }

        private static func read(_ path: String) -> String? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
        }
    }

    private static func openFiles() -> Int64? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count: Int64 = 0
        while readdir(folder) != nil { count += 1 }
        // "." and "..", and the folder itself.
        return count - 3
    }
}
