import Glibc
public import Logging
public import Model
import Synchronization

/// Runs containers as processes of this host, each under a supervisor of its own that outlives the
/// agent. Needs no root and no daemon.
///
/// All truth is on disk, in ``Configuration/dataFolder``; this object holds only what it watches.
/// Two live agents on one folder are not provided for.
public final class ProcessRuntime: ContainerRuntime {
    public struct Configuration: Sendable {
        /// Made when it is not there.
        public var dataFolder: String
        /// The program `muster-supervisor`; `nil` means the one beside the running program.
        public var supervisor: String?
        /// Image (with or without tag) to the command that stands for it.
        public var imageMap: [String: [String]]
        /// Bytes of a container's output at which its file becomes `.1` and a new one begins: at
        /// most twice as much is kept.
        public var outputMaximum: Int
        /// How many removed tasks keep their output, and how many bytes all of them.
        public var finishedTasksMaximum: Int
        public var finishedBytesMaximum: Int
        /// The limit of containers whose definition sets no `nofile`; `nil` means the worker's own.
        public var openFiles: Ulimit?
        public var sources: EnvironmentSources

        public init(
            dataFolder: String, supervisor: String? = nil, imageMap: [String: [String]] = [:],
            outputMaximum: Int = 10 << 20, finishedTasksMaximum: Int = 100,
            finishedBytesMaximum: Int = 256 << 20, openFiles: Ulimit? = nil,
            sources: EnvironmentSources = EnvironmentSources()
        ) {
            self.dataFolder = dataFolder
            self.supervisor = supervisor
            self.imageMap = imageMap
            self.outputMaximum = outputMaximum
            self.finishedTasksMaximum = finishedTasksMaximum
            self.finishedBytesMaximum = finishedBytesMaximum
            self.openFiles = openFiles
            self.sources = sources
        }
    }

    public let name = "process"
    public let attributes: [Attribute]

    let configuration: Configuration
    let data: DataFolder
    let host: LaunchHost
    let supervisorProgram: String
    let finished: FinishedTasks
    let cgroups: Cgroups
    let environments: Environments
    let logger: Logger
    let lanes = Lanes()
    let ports = HostPorts()
    let watch = ExitWatch()
    let teller = Teller()
    let lease: LeaseFile

    /// - Throws: `RuntimeError` when the data folder can't be made, or there is no supervisor.
    public init(
        _ configuration: Configuration,
        logger: Logger = Logger(label: "muster.runtime.process")
    ) throws(RuntimeError) {
        self.configuration = configuration
        self.logger = logger
        data = DataFolder(path: configuration.dataFolder)
        host = LaunchHost(
            imageMap: configuration.imageMap, openFiles: configuration.openFiles)
        cgroups = Cgroups.found()
        environments = Environments(configuration.sources)
        attributes = Self.capabilities(
            cgroups.limits, configuration.sources, canIsolate: host.canIsolate)
        finished = FinishedTasks(
            data: data, tasksMaximum: configuration.finishedTasksMaximum,
            bytesMaximum: configuration.finishedBytesMaximum)
        supervisorProgram = try Self.findSupervisor(configuration.supervisor)
        let tasks = data.tasks
        let folder = data.lease
        lease = try telling(RuntimeError.cannotCreate) {
            try Files.makeFolder(tasks, mode: 0o711)
            try Files.makeFolder(folder, mode: 0o711)
            return try LeaseFile(folder: folder)
        }
        finished.recover()
    }

    public func observe(_ handler: @escaping @Sendable (RuntimeEvent) -> Void) async {
        teller.observe(handler)
    }

    public func prepare(_ spec: TaskSpec) async throws(RuntimeError) {
        try await environments.provide(spec)
        do throws(RuntimeError) {
            try await lanes.run(spec.id) { () throws(RuntimeError) in try self.prepareNow(spec) }
        } catch {
            environments.forget(spec.id)
            throw error
        }
    }

    public func start(_ container: ContainerKey) async throws(RuntimeError) -> StartedContainer {
        try await provideEnvironment(of: container)
        return try await lanes.run(container.task) { () throws(RuntimeError) in
            try self.startNow(container)
        }
    }

    public func restart(
        _ container: ContainerKey, number: Int
    ) async throws(RuntimeError) -> StartedContainer {
        try await provideEnvironment(of: container)
        return try await lanes.run(container.task) { () throws(RuntimeError) in
            try self.restartNow(container, number)
        }
    }

    public func stop(_ container: ContainerKey, timeout: Duration) async throws(RuntimeError) {
        try await lanes.run(container.task) { () throws(RuntimeError) in
            try self.stopNow(container, milliseconds: max(0, timeout.milliseconds))
        }
    }

    public func remove(_ task: TaskID) async throws(RuntimeError) {
        try await lanes.run(task) { () throws(RuntimeError) in try self.removeNow(task) }
    }

    public func log(_ order: LogOrder) async throws(RuntimeError) -> any RunningLog {
        TaskLog(data, order)
    }

    public func keep(until time: Int64) {
        lease.set(time)
    }

    public func list() async throws(RuntimeError) -> [FoundTask] {
        let data = data
        let ids = try await lanes.runApart { () throws(RuntimeError) in
            try telling(RuntimeError.cannotInspect) { try data.taskIDs() }
        }
        var found: [FoundTask] = []
        for id in ids.sorted() {
            let task = try await lanes.run(id) { () throws(RuntimeError) in try self.find(id) }
            if let task { found.append(task) }
        }
        return found
    }

    /// What placement may ask of this runtime, by ECS's names. What needs images, volumes or
    /// networks of their own is not among them.
    ///
    /// - Parameters:
    ///   - limits: those of control groups that can be set: `cpu`, `memory`.
    ///   - canIsolate: whether there can be network namespaces.
    package static func capabilities(
        _ limits: Set<String>, _ sources: EnvironmentSources, canIsolate: Bool
    ) -> [Attribute] {
        var names = (17...21).map { "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)" }
        names += [
            "com.amazonaws.ecs.capability.logging-driver.awslogs",
            "com.amazonaws.ecs.capability.logging-driver.json-file",
            "ecs.capability.container-health-check", "ecs.capability.container-ordering",
            "ecs.capability.container-restart-policy", "muster.capability.init-process",
            "muster.capability.ulimits", OnLost.capability,
        ]
        names += sources.capabilities
        if limits.contains("memory") { names.append("muster.capability.memory-limit") }
        if limits.contains("cpu") { names.append("muster.capability.cpu-weight") }
        if canIsolate { names.append("muster.capability.network-mode-none") }
        return names.map { Attribute(name: $0) }
    }

    private static func findSupervisor(_ given: String?) throws(RuntimeError) -> String {
        var path = given ?? ""
        if given == nil {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/exe", &buffer, buffer.count)
            let program = String(
                decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let folder = program.lastIndex(of: "/").map { program[..<$0] } ?? ""
            path = folder + "/muster-supervisor"
        }
        guard access(path, X_OK) == 0 else {
            throw .cannotCreate(
                "there is no program \(path). Install muster-supervisor beside muster, or say "
                    + "where it is.")
        }
        return path
    }
}

/// Tells events to the one observer. What happens before there is one waits for it: at most one
/// event for each container.
final class Teller: Sendable {
    private enum State {
        case waiting([RuntimeEvent])
        case observed(@Sendable (RuntimeEvent) -> Void)
    }

    private let state = Mutex(State.waiting([]))

    func observe(_ handler: @escaping @Sendable (RuntimeEvent) -> Void) {
        let missed = state.withLock { state in
            defer { state = .observed(handler) }
            guard case .waiting(let events) = state else { return [RuntimeEvent]() }
            return events
        }
        missed.forEach(handler)
    }

    func tell(_ event: RuntimeEvent) {
        let handler = state.withLock { state -> (@Sendable (RuntimeEvent) -> Void)? in
            switch state {
            case .observed(let handler): return handler
            case .waiting(let events):
                state = .waiting(events + [event])
                return nil
            }
        }
        handler?(event)
    }
}
