public import Model

/// Runs containers on this host. The verbs are few so that a runtime is easy to write; what order
/// containers go in, and when, is not its business.
///
/// Everything that `prepare` and `start` made outlives the agent: after the agent's death, however
/// sudden, a new agent's `list` finds it all again, exit codes included (DESIGN contract 6).
public protocol ContainerRuntime: Sendable {
    /// Shown as the instance's runtime, such as `process`.
    var name: String { get }

    /// Attributes that tell placement what this runtime can do.
    var attributes: [Attribute] { get }

    /// Whether tasks have networks of their own, but for those with network mode host.
    var givesNetworks: Bool { get }

    /// Where the runtime tells what happened by itself. Set once, before anything is started. The
    /// handler is called on threads of the runtime's; it must not block.
    func observe(_ handler: @escaping @Sendable (RuntimeEvent) -> Void) async

    /// Every task that was prepared and not removed, running or not. The end of what it shows as
    /// running comes as an event, of what it shows as ended no more.
    func list() async throws(RuntimeError) -> [FoundTask]

    /// Makes room for a task and keeps its spec: from here on `list` names it. Host ports are
    /// chosen here for all containers. Preparing twice is preparing once.
    func prepare(_ spec: TaskSpec) async throws(RuntimeError)

    /// Nobody needs the task whose ``prepare(_:)`` is under way, or is about to be called: it may
    /// end early, with ``RuntimeError/abandonment``. Must not block; ``remove(_:)`` comes later.
    func abandon(_ task: TaskID)

    /// Starts one container of a prepared task. Its end comes as a ``RuntimeEvent``, once, and may
    /// overtake the return of this call. A start that throws has no other end.
    func start(_ container: ContainerKey) async throws(RuntimeError) -> StartedContainer

    /// Starts a container that has ended again in its place: the same definition, ports and output.
    /// Asking twice for the same `number`, counted from 1, is asking once. One that was told to
    /// stop is not started. A runtime that can't do so must not have the attribute
    /// `ecs.capability.container-restart-policy`.
    func restart(
        _ container: ContainerKey, number: Int
    ) async throws(RuntimeError) -> StartedContainer

    /// Sends the stop signal now and SIGKILL after `timeout`, even when this agent dies meanwhile.
    /// Returns once the stop is under way; the end comes as an event. Not an error when the
    /// container has ended or never started.
    func stop(_ container: ContainerKey, timeout: Duration) async throws(RuntimeError)

    /// Runs a container's health check in the container's surroundings and says whether it ended
    /// with 0 within its timeout; `nil` when that tells nothing, since the container ended
    /// meanwhile. Its program has ended when this returns, or is being killed; of what that started
    /// nothing is left soon after the container's end. One that can't do so must not have the
    /// attribute `ecs.capability.container-health-check`.
    func check(_ container: ContainerKey, _ check: HealthCheck) async throws(RuntimeError) -> Bool?

    /// Starts a command in a running container's surroundings: its environment, working directory,
    /// user and limits. That the program can't be run is told by it: 126 or 127, and a sentence
    /// among its errors.
    func exec(_ order: ExecOrder) async throws(RuntimeError) -> any RunningCommand

    /// Opens what a task's containers wrote, also after ``remove(_:)`` while it is kept.
    func log(_ order: LogOrder) async throws(RuntimeError) -> any RunningLog

    /// What the running containers have used so far; those of which nothing can be told are left
    /// out. Asked for every few seconds, so that it should cost little however many there are.
    func usage() async throws(RuntimeError) -> [RuntimeUsage]

    /// Why no container can be run now, as a sentence that says what to do; `nil` when nothing
    /// speaks against it. Asked for every few seconds; answers within ten.
    func fault() async -> String?

    /// Kills what is left of a task and forgets it: no event comes after. Captured output is kept
    /// within a stated bound.
    func remove(_ task: TaskID) async throws(RuntimeError)

    /// Until when the worker surely has a manager, in milliseconds of `CLOCK_BOOTTIME`; comes again
    /// and again, before the starts that depend on it, and must not block. ``OnLost/deadMan`` after
    /// the last such time the runtime stops the containers of tasks with ``OnLost/stop``, in the
    /// reverse order of their dependencies, whether there is an agent or not. One that can't do so
    /// must not have the attribute ``OnLost/capability``.
    func keep(until time: Int64)
}

extension ContainerRuntime {
    public var givesNetworks: Bool { false }

    public func abandon(_ task: TaskID) {}

    public func keep(until time: Int64) {}

    public func usage() async throws(RuntimeError) -> [RuntimeUsage] { [] }

    public func fault() async -> String? { nil }

    public func check(
        _ container: ContainerKey, _ check: HealthCheck
    ) async throws(RuntimeError) -> Bool? {
        throw RuntimeError(
            name: "CannotInspectContainerError",
            message: "the runtime \(name) does not run health checks.")
    }
}

/// One container of one task on this worker.
public struct ContainerKey: Hashable, Sendable {
    public var task: TaskID
    public var name: String

    public init(task: TaskID, name: String) {
        self.task = task
        self.name = name
    }
}

public struct StartedContainer: Hashable, Sendable {
    /// The runtime's own name for it: a pid, a container id.
    public var runtimeID: String
    public var startedAt: WallTime
    public var networkBindings: [NetworkBinding]
    /// The digest of the image's manifest, where there is an image.
    public var imageDigest: String?
    /// The address of its own that the task has, in network mode awsvpc.
    public var address: String?

    public init(
        runtimeID: String, startedAt: WallTime, networkBindings: [NetworkBinding],
        imageDigest: String? = nil, address: String? = nil
    ) {
        self.runtimeID = runtimeID
        self.startedAt = startedAt
        self.networkBindings = networkBindings
        self.imageDigest = imageDigest
        self.address = address
    }
}

public struct ContainerExit: Hashable, Sendable {
    /// 0-255; 128 + n when signal n ended it. `nil` when nobody can know, as after a power loss.
    public var code: Int?
    /// A sentence where there is more to say than the code.
    public var reason: String?
    public var finishedAt: WallTime

    public init(code: Int?, reason: String? = nil, finishedAt: WallTime) {
        self.code = code
        self.reason = reason
        self.finishedAt = finishedAt
    }
}

public enum RuntimeEvent: Hashable, Sendable {
    case exited(ContainerKey, ContainerExit)
}

/// A task that an earlier agent left behind.
public struct FoundTask: Hashable, Sendable {
    public var spec: TaskSpec
    public var containers: [FoundContainer]

    public init(spec: TaskSpec, containers: [FoundContainer]) {
        self.spec = spec
        self.containers = containers
    }
}

public struct FoundContainer: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case prepared
        case running(StartedContainer)
        case exited(StartedContainer?, ContainerExit)
    }

    public var name: String
    public var state: State
    /// Whether its stop was asked for.
    public var stopRequested: Bool
    /// How often it was started again.
    public var restarts: Int

    public init(name: String, state: State, stopRequested: Bool, restarts: Int = 0) {
        self.name = name
        self.state = state
        self.stopRequested = stopRequested
        self.restarts = restarts
    }
}

/// What went wrong with one container or task, with the name that ECS's agent gives it.
public struct RuntimeError: Error, Hashable, Sendable {
    /// Such as `CannotPullContainerError` or `CannotStartContainerError`.
    public var name: String
    /// What happened and what to do.
    public var message: String

    public init(name: String, message: String) {
        self.name = name
        self.message = message
    }

    /// Of a preparation that was let go of.
    public static let abandonment = RuntimeError(
        name: "TaskAbandonedError", message: "the task was stopped before it was prepared.")

    public var isAbandonment: Bool { self == .abandonment }

    /// The form of a container's `reason` in ECS.
    public var reason: String { "\(name): \(message)" }
}
