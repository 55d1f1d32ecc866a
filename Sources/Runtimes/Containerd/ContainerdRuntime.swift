import CRI
import Glibc
public import Logging
public import Model
public import NIOCore
public import NIOPosix
import RPC

/// Runs containers of real images by containerd, through CRI on its socket: a sandbox for each
/// task, so that a task's containers share their network. Needs root.
///
/// All truth is in containerd, whose sandboxes carry the tasks' specs; beside it lie, in the data
/// folder, the output and the wishes to stop. Two live agents on one folder are not provided for.
public final class ContainerdRuntime: ContainerRuntime {
    public struct Configuration: Sendable {
        public static let socketDefault = "/run/containerd/containerd.sock"

        /// containerd's socket.
        public var socket: String
        /// Made when it is not there.
        public var dataFolder: String
        public var pulls: ImagePullBehavior
        /// A file of registry logins as `docker login` writes it.
        public var logins: String?
        public var sources: EnvironmentSources
        /// Bytes of a container's output at which its file becomes `.1` and a new one begins.
        public var outputMaximum: Int
        /// How many removed tasks keep their output, and how many bytes all of them.
        public var finishedTasksMaximum: Int
        public var finishedBytesMaximum: Int
        /// How many sandboxes and containers are made, and how many removed, at a time. More than a
        /// few only slow each other down.
        public var startsMaximum: Int

        public init(
            socket: String = Configuration.socketDefault, dataFolder: String,
            pulls: ImagePullBehavior = .default, logins: String? = nil,
            sources: EnvironmentSources = EnvironmentSources(), outputMaximum: Int = 10 << 20,
            finishedTasksMaximum: Int = 100, finishedBytesMaximum: Int = 256 << 20,
            startsMaximum: Int = 4
        ) {
            self.socket = socket
            self.dataFolder = dataFolder
            self.pulls = pulls
            self.logins = logins
            self.sources = sources
            self.outputMaximum = outputMaximum
            self.finishedTasksMaximum = finishedTasksMaximum
            self.finishedBytesMaximum = finishedBytesMaximum
            self.startsMaximum = startsMaximum
        }
    }

    public let name = "containerd"
    public let attributes: [Attribute]
    public let givesNetworks = true

    let configuration: Configuration
    let data: DataFolder
    /// What tells this worker's sandboxes from others' in the same containerd.
    let owner: String
    let client: CRIClient
    let images: ImagePuller
    let finished: FinishedTasks
    let cgroups: TaskCgroups
    /// Whether containerd sees what this process mounts.
    let hasMemoryMounts: Bool
    let environments: Environments
    let logger: Logger
    let pods = Pods()
    let ports = HostPorts()
    let teller = Teller()
    let lines = Lines()
    /// For work with files, which blocks.
    let lanes = Lanes()
    /// For removing what tasks wrote, which may be much.
    let disposals = Lanes()
    let starts: Gate
    let removals: Gate
    let follower: ExitFollower
    private let following: [Task<Void, Never>]

    /// - Throws: `RuntimeError` when there is no containerd to speak to.
    public init(
        _ configuration: Configuration,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "muster.runtime.containerd")
    ) async throws(RuntimeError) {
        self.configuration = configuration
        self.logger = logger
        data = DataFolder(path: configuration.dataFolder)
        owner = data.path
        try Self.checkSocket(configuration.socket)
        client = CRIClient(socket: configuration.socket, group: group, logger: logger)
        images = ImagePuller(
            client: client, behavior: configuration.pulls,
            logins: RegistryLogins(path: configuration.logins), lanes: lanes)
        finished = FinishedTasks(
            data: data, tasksMaximum: configuration.finishedTasksMaximum,
            bytesMaximum: configuration.finishedBytesMaximum)
        try Self.prepareFolder(data)
        let driver = try await Self.greet(client, configuration.socket, logger)
        cgroups = TaskCgroups(owner: owner, driver: driver, logger: logger)
        environments = Environments(configuration.sources)
        hasMemoryMounts = MemoryMount.arePossible(by: configuration.socket)
        attributes = Self.capabilities(
            cgroups.limits, configuration.sources, hasMemoryMounts: hasMemoryMounts)
        starts = Gate(configuration.startsMaximum)
        removals = Gate(configuration.startsMaximum)
        let follower = ExitFollower(
            client: client, pods: pods, teller: teller, owner: owner, logger: logger)
        let rotation = OutputRotation(
            client: client, pods: pods, data: data, bytesMaximum: configuration.outputMaximum)
        self.follower = follower
        finished.recover()
        await Self.endLeftCommands(in: data, client, lanes)
        following = [Task { await follower.run() }, Task { await rotation.run() }]
    }

    deinit {
        for task in following { task.cancel() }
    }

    public func observe(_ handler: @escaping @Sendable (RuntimeEvent) -> Void) async {
        teller.observe(handler)
    }

    @concurrent
    public func prepare(_ spec: TaskSpec) async throws(RuntimeError) {
        try await lines.run(spec.id) { () async throws(RuntimeError) in
            try await prepareNow(spec)
        }
    }

    public func abandon(_ task: TaskID) { images.pulls.abandon(task) }

    @concurrent
    public func start(_ container: ContainerKey) async throws(RuntimeError) -> StartedContainer {
        try await lines.run(container.task) { () async throws(RuntimeError) in
            try await startNow(container, restarts: nil)
        }
    }

    @concurrent
    public func restart(
        _ container: ContainerKey, number: Int
    ) async throws(RuntimeError) -> StartedContainer {
        try await lines.run(container.task) { () async throws(RuntimeError) in
            try await startNow(container, restarts: number)
        }
    }

    @concurrent
    public func stop(_ container: ContainerKey, timeout: Duration) async throws(RuntimeError) {
        try await lines.run(container.task) { () async throws(RuntimeError) in
            try await stopNow(container, timeout: timeout)
        }
    }

    @concurrent
    public func remove(_ task: TaskID) async throws(RuntimeError) {
        try await lines.run(task) { () async throws(RuntimeError) in try await removeNow(task) }
    }

    public func log(_ order: LogOrder) async throws(RuntimeError) -> any RunningLog {
        TaskLog(data, order)
    }

    func plan(_ record: TaskRecord) -> PodPlan {
        PodPlan(
            record: record, owner: owner, folder: data.task(record.spec.id),
            cgroupParent: cgroups.parent(of: record.spec.id), sharedVolumes: data.volumes,
            filtersCalls: Self.filtersCalls)
    }

    /// A kernel without is refused by containerd when it is asked for.
    static let filtersCalls = Files.exists("/proc/sys/kernel/seccomp/actions_avail")

    /// What placement may ask of this runtime, by ECS's names; not what CRI has no word for.
    ///
    /// - Parameters:
    ///   - limits: those of control groups that can be set: `cpu`, `memory`, `swap`.
    ///   - hasMemoryMounts: whether containerd sees the worker's mounts.
    package static func capabilities(
        _ limits: Set<String>, _ sources: EnvironmentSources, hasMemoryMounts: Bool
    ) -> [Attribute] {
        var names = (17...21).map { "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)" }
        names += [
            "com.amazonaws.ecs.capability.logging-driver.awslogs",
            "com.amazonaws.ecs.capability.logging-driver.json-file",
            "com.amazonaws.ecs.capability.privileged-container",
            "ecs.capability.container-health-check", "ecs.capability.container-ordering",
            "ecs.capability.container-restart-policy", "ecs.capability.docker-plugin.local",
            "ecs.capability.pid-ipc-namespace-sharing", "ecs.capability.task-eni",
        ]
        names += [
            "devices", "dns", "extra-hosts", "hostname", "linux-capabilities",
            "network-mode-none", "no-new-privileges", "readonly-root-filesystem",
            "system-controls", "terminal", "volumes",
        ].map { "muster.capability.\($0)" }
        names += sources.capabilities
        if limits.contains("cpu") { names.append("muster.capability.cpu-weight") }
        if limits.contains("memory") { names.append("muster.capability.memory-limit") }
        if hasMemoryMounts {
            names += ["muster.capability.shared-memory-size", "muster.capability.tmpfs"]
        }
        if limits.contains("swap") { names.append("muster.capability.swap-limit") }
        return names.map { Attribute(name: $0) }
    }
}
