import CRI
import Foundation
import Logging
import Model
import Synchronization
import Testing

@testable import Runtimes

/// With files of a made-up hierarchy, as version 2 has them.
@Suite("Control groups of tasks in containerd")
struct TaskCgroupTests {
    private let root = FileManager.default.temporaryDirectory
        .appendingPathComponent("muster-cgroups-\(UUID().uuidString.prefix(8))").path
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private var task: TaskID { TaskID(high: 1, low: 2) }

    private var spec: TaskSpec {
        var spec = TaskSpec(
            id: task, arn: "arn", cluster: "default", family: "web", revision: 1,
            group: "family:web", containers: [ContainerDefinition(name: "web", image: "a")],
            containerIDs: [ContainerID(high: 2, low: 0)])
        spec.memory = 64
        spec.cpu = 512
        return spec
    }

    private func make(_ folder: String, _ files: String...) throws {
        try FileManager.default.createDirectory(
            atPath: "\(root)\(folder)", withIntermediateDirectories: true)
        for file in files { try Data().write(to: URL(fileURLWithPath: "\(root)\(folder)/\(file)")) }
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + path, encoding: .utf8)
    }

    private func groups(_ driver: CgroupDriver) throws -> TaskCgroups {
        try make("")
        try Data("cpuset cpu io memory pids\n".utf8)
            .write(to: URL(fileURLWithPath: "\(root)/cgroup.controllers"))
        return TaskCgroups(
            owner: "/data", driver: driver,
            mounts: [Mount(root: "/", path: root, type: "cgroup2", options: ["rw"])],
            logger: logger)
    }

    @Test("With systemd a task is a slice, in which containers are scopes")
    func systemd() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let groups = try groups(.systemd)
        let worker = "muster-\(TaskCgroups.digest("/data"))"
        #expect(groups.limits == ["cpu", "memory", "swap"])
        #expect(groups.parent(of: task) == "\(worker)-\(task).slice")
        let slice = "/muster.slice/\(worker).slice/\(worker)-\(task).slice"
        try make(slice, "memory.max", "memory.swap.max", "cpu.max")
        try make("\(slice)/cri-containerd-c1.scope", "memory.low")
        groups.limit(spec)
        groups.reserve(16, for: "c1", of: task)
        #expect(try text("\(slice)/memory.max") == "67108864")
        #expect(try text("\(slice)/memory.swap.max") == "0")
        #expect(try text("\(slice)/cpu.max") == "50000 100000")
        #expect(try text("\(slice)/cri-containerd-c1.scope/memory.low") == "16777216")
    }

    @Test("Without it a task is a folder, which goes with the task")
    func cgroupfs() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let groups = try groups(.cgroupfs)
        let folder = groups.parent(of: task)
        #expect(folder == "/muster-\(TaskCgroups.digest("/data"))/\(task)")
        try make(folder, "memory.max", "memory.swap.max", "cpu.max")
        groups.limit(spec)
        #expect(try text("\(folder)/memory.max") == "67108864")
        // The kernel's files go with their group.
        try FileManager.default.removeItem(atPath: root + folder)
        try make(folder)
        groups.remove(task)
        #expect(!FileManager.default.fileExists(atPath: root + folder))
        #expect(FileManager.default.fileExists(atPath: root))
    }

    @Test(
        "Which it is containerd's configuration says, of the runtime that is the default",
        arguments: [
            (
                #"{"containerd":{"defaultRuntimeName":"runc","runtimes":{"runc":{"options":"#
                    + #"{"SystemdCgroup":true}}}}}"#, CgroupDriver.systemd
            ),
            (
                #"{"containerd":{"defaultRuntimeName":"kata","runtimes":{"runc":{"options":"#
                    + #"{"SystemdCgroup":true}},"kata":{"options":null}}}}"#, .cgroupfs
            ),
            (
                #"{"containerd":{"defaultRuntimeName":"runc","runtimes":{"runc":{"options":{}}}}}"#,
                .cgroupfs
            ),
            ("not JSON", .cgroupfs),
        ])
    func driver(configuration: String, driver: CgroupDriver) {
        #expect(CgroupDriver([Pair("golang", "x"), Pair("config", configuration)]) == driver)
        #expect(CgroupDriver([]) == .cgroupfs)
    }
}

extension RuntimesTests.Containerd {
    @Test func `a containerd that leaves control groups to systemd is told slices`() async throws {
        let stage = try await ContainerdStage()
        stage.containerd.state.withLock { state in
            state.configuration =
                #"{"containerd":{"defaultRuntimeName":"runc","runtimes":{"runc":{"options":"#
                + #"{"SystemdCgroup":true}}}}}"#
        }
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        try await agent.runtime.prepare(spec)
        let parent = stage.containerd.state.withLock { state in
            state.sandboxes.values.first?.config.linux?.cgroupParent
        }
        #expect(
            parent?.hasPrefix("muster-") == true && parent?.hasSuffix("-\(spec.id).slice") == true)
    }
}
