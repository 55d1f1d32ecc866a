import CRI
import Foundation
import Logging
import NIOCore
import NIOPosix
import RPC

/// Containers started by nobody but containerd: the calls that a start can't do without, one task a
/// lane, as many lanes as the agent has.
struct DirectStarts: Sendable {
    /// As many as the agent makes at a time.
    static let concurrent = 4
    /// Longer than a call takes on a busy host.
    private static let patience = Duration.seconds(60)

    let connection: RPCClientConnection
    let image: String
    let mode: NamespaceMode
    /// For the containers' output.
    let folder: String

    init(socket: String, image: String, isHostNetwork: Bool, folder: String) throws {
        self.image = image
        self.folder = folder
        mode = isHostNetwork ? .node : .pod
        let group = MultiThreadedEventLoopGroup.singleton
        connection = try group.any().makeFutureWithTask {
            try await RPCClientConnection.connect(
                to: .unix(path: socket), group: group,
                logger: Logger(label: "bench.direct") { _ in SwiftLogNoOpLogHandler() })
        }.wait()
    }

    /// Starts so many and returns the seconds until the last ran.
    func start(_ count: Int) throws -> Double {
        let start = Uptime.now
        try inLanes(Array(0..<count)) { number in try await self.start(number: number) }
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

    private func start(number: Int) async throws {
        try await call(.pullImage, PullImage(image: ImageSpec(image: image)))
        let name = String(format: "%032x", number)
        let namespaces = NamespaceOption(network: mode, pid: .container)
        let labels = [Pair("dev.muster.bench", name)]
        let sandbox = SandboxConfig(
            metadata: SandboxMetadata(name: name, uid: name, namespace: "bench"),
            hostname: mode == .node ? "" : name, logDirectory: "\(folder)/\(name)", labels: labels,
            linux: SandboxLinux(
                cgroupParent: "\(Self.groups)/\(name)",
                security: SandboxSecurity(namespaces: namespaces)))
        let pod = try Name.decoded(try await call(.runPodSandbox, RunSandbox(config: sandbox)))
        let container = ContainerConfig(
            metadata: ContainerMetadata(name: "main"), image: ImageSpec(image: image),
            arguments: HostRows.command, labels: labels, logPath: "main.log",
            linux: ContainerLinux(
                resources: ContainerResources(
                    cpuShares: Int64(HostRows.cpu), memory: Int64(HostRows.memory) << 20,
                    memoryAndSwap: Int64(HostRows.memory) << 20),
                security: ContainerSecurity(namespaces: namespaces)))
        let made = try Name.decoded(
            try await call(
                .createContainer,
                CreateContainer(sandbox: pod.name, config: container, sandboxConfig: sandbox)))
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
