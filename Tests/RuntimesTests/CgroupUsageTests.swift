import Foundation
import Model
import Testing

@testable import Runtimes

/// With files of a made-up group, as version 2 has them.
@Suite("What control groups of version 2 tell of a container's use")
struct CgroupUsageTests {
    private let root = FileManager.default.temporaryDirectory
        .appendingPathComponent("muster-usage-\(UUID().uuidString.prefix(8))").path
    private let key = ContainerKey(task: TaskID(high: 1, low: 2), name: "web")

    private func usage(_ files: [String: String]) throws -> CgroupUsage {
        let groups = Cgroups(memory: root, cpu: root, isUnified: true)
        let folder = groups.folder(of: key, in: root)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        return groups.usage(of: key)
    }

    @Test("CPU time in nanoseconds, memory without what is only cached, and its limit")
    func numbers() throws {
        let files = [
            "cpu.stat": "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\n",
            "memory.current": "10485760\n", "memory.max": "33554432\n",
            "memory.stat": "anon 1\ninactive_anon 7\ninactive_file 1048576\n",
        ]
        #expect(
            try usage(files)
                == CgroupUsage(cpuTime: 5_000_000, memory: 9_437_184, memoryLimit: 33_554_432))
    }

    @Test("No limit is none, and what is not there is not told")
    func missing() throws {
        #expect(
            try usage(["memory.current": "4096\n", "memory.max": "max\n"])
                == CgroupUsage(cpuTime: nil, memory: 4_096, memoryLimit: nil))
    }
}
