import CRI
import Foundation
import Logging
import Model
import NIOCore
import NIOPosix
import RPC
import Runtimes

/// Containers started by nobody but containerd: the calls that a start can't do without, with what
/// the agent would say in them, one task a lane, as many lanes as the agent has.
struct DirectStarts: Sendable {
    /// As many as the agent makes at a time.
    static let concurrent = 4
    /// Longer than a call takes on a busy host.
    private static let patience = Duration.seconds(60)

    private let connection: RPCClientConnection
    /// For the containers' output.
    private let folder: String

    init(socket: String, folder: String) throws {
        self.folder = folder
        let group = MultiThreadedEventLoopGroup.singleton
        connection = try group.any().makeFutureWithTask {
            try await RPCClientConnection.connect(
                to: .unix(path: socket), group: group,
                logger: Logger(label: "bench.direct") { _ in SwiftLogNoOpLogHandler() })
        }.wait()
    }

    /// Starts tasks and returns the seconds until the last ran.
    func start(_ tasks: [TaskSpec]) throws -> Double {
        let start = Uptime.now
        try inLanes(tasks) { task in try await self.start(task) }
        return Uptime.now - start
    }

    /// Removes every sandbox that containerd has.
    func removeAll() throws {
        try inLanes(try sandboxes()) { id in
            try await call(.stopPodSandbox, Name(id))
            try await call(.removePodSandbox, Name(id))
        }
        Self.removeGroups()
    }

    /// The ids of all sandboxes.
    func sandboxes() throws -> [String] {
        let list: SandboxList = try waiting {
            try SandboxList.decoded(try await self.call(.listPodSandbox, ListSandboxes()))
        }
        return list.items.map(\.id)
    }

    /// How many containers run.
    func running() throws -> Int {
        let list: ContainerList = try waiting {
            try ContainerList.decoded(try await self.call(.listContainers, ListContainers()))
        }
        return list.items.filter { $0.state == .running }.count
    }

    // MARK: One task

    private func start(_ spec: TaskSpec) async throws {
        let plan = PodPlan(
            spec: spec, owner: folder, folder: "\(folder)/\(spec.id)",
            cgroupParent: "\(Self.groups)/\(spec.id)")
        let container = spec.containers[0]
        try await call(.pullImage, PullImage(image: ImageSpec(image: container.image)))
        let sandbox = try plan.sandbox(attempt: 0)
        let pod = try Name.decoded(try await call(.runPodSandbox, RunSandbox(config: sandbox)))
        let config = try plan.container(container, attempt: 0, restarts: 0, digest: nil)
        let made = try Name.decoded(
            try await call(
                .createContainer,
                CreateContainer(sandbox: pod.name, config: config, sandboxConfig: sandbox)))
        try await call(.startContainer, made)
    }

    @discardableResult
    private func call(_ method: CRIMethod, _ request: some CRIMessage) async throws -> [UInt8] {
        try await connection.unary(
            method.rawValue, try request.encoded(), timeout: Self.patience)
    }

    /// Works on all, so many at a time, while this thread waits.
    private func inLanes<Item: Sendable>(
        _ items: [Item], _ work: @escaping @Sendable (Item) async throws -> Void
    ) throws {
        try waiting {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, item) in items.enumerated() {
                    if index >= Self.concurrent { try await group.next() }
                    group.addTask { try await work(item) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func waiting<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        try MultiThreadedEventLoopGroup.singleton.any().makeFutureWithTask(work).wait()
    }

    // MARK: Control groups

    /// The folder of the tasks' control groups, which containerd makes and leaves.
    private static let groups = "/muster-bench"

    private static func removeGroups() {
        let root = "/sys/fs/cgroup"
        let hierarchies = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        for parent in ([""] + hierarchies.map { "/" + $0 }).map({ root + $0 + groups }) {
            for task in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
                rmdir("\(parent)/\(task)")
            }
            rmdir(parent)
        }
    }
}
