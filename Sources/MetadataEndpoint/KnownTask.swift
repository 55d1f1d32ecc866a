public import Model

/// All that a worker can tell of a task to its containers.
public struct KnownTask: Hashable, Sendable {
    public struct Times: Hashable, Sendable {
        public var startedAt: WallTime?
        public var finishedAt: WallTime?

        public init(startedAt: WallTime? = nil, finishedAt: WallTime? = nil) {
            self.startedAt = startedAt
            self.finishedAt = finishedAt
        }
    }

    public var spec: TaskSpec
    public var report: TaskReport
    public var desired: DesiredStatus
    /// When containers began and ended, by name.
    public var times: [String: Times]

    public init(
        spec: TaskSpec, report: TaskReport, desired: DesiredStatus = .running,
        times: [String: Times] = [:]
    ) {
        self.spec = spec
        self.report = report
        self.desired = desired
        self.times = times
    }
}

/// What a container has used when it was measured, in cumulative numbers.
public struct UsageSample: Hashable, Sendable {
    public var at: WallTime
    /// Nanoseconds of CPU time, of the container and of the whole host.
    public var cpuTime: UInt64
    public var hostCPUTime: UInt64
    /// Bytes.
    public var memory: UInt64
    public var memoryLimit: UInt64?
    /// Bytes over a network of the task's own; `nil` where it is the host's.
    public var received: UInt64?
    public var sent: UInt64?
    public var processes: Int?

    public init(
        at: WallTime, cpuTime: UInt64, hostCPUTime: UInt64, memory: UInt64,
        memoryLimit: UInt64? = nil, received: UInt64? = nil, sent: UInt64? = nil,
        processes: Int? = nil
    ) {
        self.at = at
        self.cpuTime = cpuTime
        self.hostCPUTime = hostCPUTime
        self.memory = memory
        self.memoryLimit = memoryLimit
        self.received = received
        self.sent = sent
        self.processes = processes
    }
}

/// Why there is no answer to a question about a task's protection from scale-in.
public struct ProtectionProblem: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case invalid, notFound, unavailable, timedOut
    }

    public var kind: Kind
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

/// Where the endpoint gets what it tells.
public protocol MetadataSource: Sendable {
    /// `nil` when the worker has no such task.
    func task(_ id: TaskID) async -> KnownTask?
    /// The newest measurement of a container and the one before.
    func usage(
        of container: String, in task: TaskID
    ) -> (newest: UsageSample, earlier: UsageSample?)?
    /// Asks the manager for a task's protection, after a change where there is one.
    func protection(
        of task: TaskID, _ change: TaskProtectionChange?
    ) async throws(ProtectionProblem) -> TaskProtectionAnswer
}

/// What is the same for all tasks of a worker.
public struct HostFacts: Hashable, Sendable {
    public var availabilityZone: String
    public var cores: Int
    /// Bytes of memory.
    public var memory: UInt64

    public init(availabilityZone: String, cores: Int, memory: UInt64) {
        self.availabilityZone = availabilityZone
        self.cores = cores
        self.memory = memory
    }
}
