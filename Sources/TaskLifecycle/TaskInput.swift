public import Model

/// What a task's machine is told: a wish of the manager, an answer of the runtime, or that time
/// has passed.
public enum TaskInput: Hashable, Sendable {
    /// The manager's list names the task with desired status RUNNING: it may start, or go on
    /// starting.
    case confirm
    /// The task is to stop. The first cause stands; `nil` means that whoever asked knows why.
    case stop(StopCause?)
    /// Nobody will ask for the task again: stop what runs, then remove it.
    case forget
    case prepared
    case prepareFailed(reason: String)
    case started(container: String, ContainerStart)
    case startFailed(container: String, reason: String)
    case exited(container: String, ContainerEnd)
    case stopFailed(container: String)
    /// A health check has ended: whether its program exited with 0, in time; `nil` when it tells
    /// nothing, since the container ended meanwhile.
    case checked(container: String, number: Int, passed: Bool?)
    case removed
    case removeFailed
    /// Only time has passed; see ``TaskLifecycle/deadline``.
    case tick
}

/// What has to be done for a task; each but ``abandon`` is answered by one ``TaskInput``.
public enum TaskAction: Hashable, Sendable {
    case prepare
    /// Let go of the preparation that is under way: nobody needs it any more. Its answer comes as
    /// ever, sooner where what it waits for can be left.
    case abandon
    case start(container: String)
    /// Start one that ended again, for the `number`th time; answered as `start` is.
    case restart(container: String, number: Int)
    /// Send the stop signal, and SIGKILL after `timeout`. Its success is told by `exited`.
    case stop(container: String, timeout: Duration)
    /// Run the container's health check; `number` names this run of it.
    case check(container: String, number: Int, HealthCheck)
    case remove
}

/// Why a task stops, in the words of ECS.
public struct StopCause: Hashable, Sendable {
    public var code: StopCode
    public var reason: String

    public init(code: StopCode, reason: String) {
        self.code = code
        self.reason = reason
    }

    public static let essentialContainerExited = StopCause(
        code: .essentialContainerExited, reason: "Essential container in task exited")
    public static let failedToStart = StopCause(
        code: .taskFailedToStart, reason: "Task failed to start")

    /// What the task as a whole lacks, such as a secret, is its own reason in ECS; what is wrong
    /// with a container is that container's.
    static func failedToPrepare(_ reason: String) -> StopCause {
        guard reason.hasPrefix("ResourceInitializationError: ") else { return .failedToStart }
        return StopCause(code: .taskFailedToStart, reason: reason)
    }
}

/// A container as it came to run.
public struct ContainerStart: Hashable, Sendable {
    public var runtimeID: String
    public var startedAt: WallTime
    public var networkBindings: [NetworkBinding]
    public var imageDigest: String?
    public var address: String?

    public init(
        runtimeID: String, startedAt: WallTime, networkBindings: [NetworkBinding] = [],
        imageDigest: String? = nil, address: String? = nil
    ) {
        self.runtimeID = runtimeID
        self.startedAt = startedAt
        self.networkBindings = networkBindings
        self.imageDigest = imageDigest
        self.address = address
    }
}

/// How a container ended.
public struct ContainerEnd: Hashable, Sendable {
    /// 0-255, or `nil` when nobody can know.
    public var code: Int?
    public var reason: String?
    public var finishedAt: WallTime

    public init(code: Int?, reason: String? = nil, finishedAt: WallTime) {
        self.code = code
        self.reason = reason
        self.finishedAt = finishedAt
    }
}
