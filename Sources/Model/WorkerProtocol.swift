// The worker protocol as Swift values (DESIGN section 4). `Wire` turns them into protobuf messages
// and back; both cores speak in these.

/// What a worker says of itself when it joins or comes back.
public struct Registration: Hashable, Sendable {
    /// The worker's name, unique among the connected instances of a cluster.
    public var name: String
    public var cluster: String
    /// Empty means the manager's default region.
    public var region: String
    /// The instance this worker was before, kept in its data folder; `nil` on first contact.
    public var instance: InstanceID?
    /// This run of the agent.
    public var agent: AgentID
    public var resources: Resources
    public var attributes: [Attribute]
    public var agentVersion: String
    public var runtime: String
    /// Every task found on the worker, running or not yet forgotten.
    public var inventory: [TaskReport]
    /// Grows with each registration of one agent; 0 where that is not said.
    public var attempt: UInt64

    public init(
        name: String, cluster: String, region: String = "", instance: InstanceID? = nil,
        agent: AgentID, resources: Resources, attributes: [Attribute] = [],
        agentVersion: String = "", runtime: String = "process", inventory: [TaskReport] = [],
        attempt: UInt64 = 0
    ) {
        self.name = name
        self.cluster = cluster
        self.region = region
        self.instance = instance
        self.agent = agent
        self.resources = resources
        self.attributes = attributes
        self.agentVersion = agentVersion
        self.runtime = runtime
        self.inventory = inventory
        self.attempt = attempt
    }
}

/// The manager's answer to a registration.
public struct Registered: Hashable, Sendable {
    public var instance: InstanceID
    public var session: SessionID
    public var epoch: UInt64
    public var heartbeat: HeartbeatSettings
    /// Where managers listen for workers, `host:port`; empty means here only.
    public var managers: [String]

    public init(
        instance: InstanceID, session: SessionID, epoch: UInt64, heartbeat: HeartbeatSettings,
        managers: [String] = []
    ) {
        self.instance = instance
        self.session = session
        self.epoch = epoch
        self.heartbeat = heartbeat
        self.managers = managers
    }
}

/// How often to report and how long a silence is borne; the manager's settings, told to workers.
public struct HeartbeatSettings: Hashable, Sendable {
    /// Milliseconds between heartbeats, before jitter of ±10 %.
    public var period: Int64
    /// Milliseconds of silence after which the worker is lost.
    public var lease: Int64

    public init(period: Int64 = 1_000, lease: Int64 = 3_000) {
        self.period = period
        self.lease = lease
    }
}

/// What a worker needs to run one task.
public struct TaskSpec: Hashable, Sendable, Codable {
    public var id: TaskID
    public var arn: String
    public var cluster: String
    public var family: String
    public var revision: Int
    /// `service:<name>` and the like.
    public var group: String
    /// The definition's containers with the task's overrides put in.
    public var containers: [ContainerDefinition]
    /// Container ids in the order of `containers`.
    public var containerIDs: [ContainerID]
    /// Task-level limits, if set.
    public var cpu: Int?
    public var memory: Int?
    public var onLost: OnLost?
    /// `nil` means bridge, as does what an older manager says.
    public var networkMode: NetworkMode?
    /// `nil`: each container has processes of its own.
    public var pidMode: NamespaceSharing?
    /// `nil` leaves it to the runtime.
    public var ipcMode: NamespaceSharing?

    public init(
        id: TaskID, arn: String, cluster: String, family: String, revision: Int, group: String,
        containers: [ContainerDefinition], containerIDs: [ContainerID], cpu: Int? = nil,
        memory: Int? = nil, onLost: OnLost? = nil, networkMode: NetworkMode? = nil,
        pidMode: NamespaceSharing? = nil, ipcMode: NamespaceSharing? = nil
    ) {
        self.id = id
        self.arn = arn
        self.cluster = cluster
        self.family = family
        self.revision = revision
        self.group = group
        self.containers = containers
        self.containerIDs = containerIDs
        self.cpu = cpu
        self.memory = memory
        self.onLost = onLost
        self.networkMode = networkMode
        self.pidMode = pidMode
        self.ipcMode = ipcMode
    }
}

/// A task on a worker's list, and what is wanted of it.
public struct Assignment: Hashable, Sendable {
    public var spec: TaskSpec
    public var desired: DesiredStatus

    public init(spec: TaskSpec, desired: DesiredStatus) {
        self.spec = spec
        self.desired = desired
    }
}

/// A message of the `Assignments` stream.
///
/// A stream opens with the complete set, in one or more parts, then carries changes. Each has a
/// revision that the worker acknowledges with its heartbeat. Changes apply to the revision just
/// before theirs on this stream; a gap means the stream must be opened anew.
public enum AssignmentUpdate: Hashable, Sendable {
    /// A part of the complete set; `more` says that another part follows. A task that no part names
    /// is not the worker's to run.
    case complete(revision: UInt64, [Assignment], more: Bool)
    case changes(appliesTo: UInt64, revision: UInt64, [AssignmentChange])
    case heartbeat(HeartbeatSettings)
    case redirect(Redirect)
    /// Means something on this stream alone: a command that is not answered is given up.
    case exec(ExecRequest)
    /// The same for output that is to be read.
    case logs(LogRequest)
    /// Of a kind that a newer manager knows; it is ignored.
    case unknown
}

/// "Go to another manager."
public struct Redirect: Hashable, Sendable {
    /// `host:port`.
    public var manager: String
    /// Milliseconds within which the worker leaves, at a moment that it draws; 0 means at once.
    public var within: Int64

    public init(manager: String, within: Int64 = 0) {
        self.manager = manager
        self.within = within
    }
}

public enum AssignmentChange: Hashable, Sendable {
    /// A new task, or a new wish for one the worker has.
    case put(Assignment)
    /// The manager knows that the task stopped; the worker may forget it.
    case forget(TaskID)
}

public struct Heartbeat: Hashable, Sendable {
    public var session: SessionID
    public var sequence: UInt64
    /// The newest revision of the assignments that the worker has taken over.
    public var acknowledged: UInt64
    /// Used CPU units and MiB on the host, for display.
    public var usedCPU: UInt32
    public var usedMemory: UInt32

    public init(
        session: SessionID, sequence: UInt64, acknowledged: UInt64, usedCPU: UInt32 = 0,
        usedMemory: UInt32 = 0
    ) {
        self.session = session
        self.sequence = sequence
        self.acknowledged = acknowledged
        self.usedCPU = usedCPU
        self.usedMemory = usedMemory
    }
}

/// The newest state of one task, as its worker knows it.
public struct TaskReport: Hashable, Sendable, Codable {
    public var task: TaskID
    public var status: TaskStatus
    public var containers: [ContainerReport]
    public var pullStartedAt: WallTime?
    public var pullStoppedAt: WallTime?
    public var startedAt: WallTime?
    public var executionStoppedAt: WallTime?
    public var stoppedAt: WallTime?
    /// Set with STOPPED when the worker knows why.
    public var stopCode: StopCode?
    public var reason: String?
    /// Grows with each change of a container's health: of two reports of a session, that with the
    /// lower number has older health.
    public var healthNumber: UInt32

    public init(
        task: TaskID, status: TaskStatus, containers: [ContainerReport] = [],
        pullStartedAt: WallTime? = nil, pullStoppedAt: WallTime? = nil,
        startedAt: WallTime? = nil, executionStoppedAt: WallTime? = nil,
        stoppedAt: WallTime? = nil, stopCode: StopCode? = nil, reason: String? = nil,
        healthNumber: UInt32 = 0
    ) {
        self.task = task
        self.status = status
        self.containers = containers
        self.pullStartedAt = pullStartedAt
        self.pullStoppedAt = pullStoppedAt
        self.startedAt = startedAt
        self.executionStoppedAt = executionStoppedAt
        self.stoppedAt = stoppedAt
        self.stopCode = stopCode
        self.reason = reason
        self.healthNumber = healthNumber
    }
}

public struct ContainerReport: Hashable, Sendable, Codable {
    public var name: String
    public var status: ContainerStatus
    public var exitCode: Int?
    public var reason: String?
    public var runtimeID: String?
    public var networkBindings: [NetworkBinding]
    public var health: HealthStatus
    /// How often it was started again in its place; `nil` means never.
    public var restarts: Int?
    /// The digest of the image's manifest, where the runtime knows it.
    public var imageDigest: String?
    /// The address of its own that its task has.
    public var address: String?

    public init(
        name: String, status: ContainerStatus, exitCode: Int? = nil, reason: String? = nil,
        runtimeID: String? = nil, networkBindings: [NetworkBinding] = [],
        health: HealthStatus = .unknown, restarts: Int? = nil, imageDigest: String? = nil,
        address: String? = nil
    ) {
        self.name = name
        self.status = status
        self.exitCode = exitCode
        self.reason = reason
        self.runtimeID = runtimeID
        self.networkBindings = networkBindings
        self.health = health
        self.restarts = restarts
        self.imageDigest = imageDigest
        self.address = address
    }
}

/// Why the manager refused a worker's call; the transport shows it as a gRPC status.
public struct WorkerRefusal: Error, Hashable, Sendable {
    public enum Code: String, Sendable {
        /// `NOT_FOUND`: no such cluster.
        case notFound
        /// `ALREADY_EXISTS`: another worker uses this identity or name.
        case alreadyExists
        /// `UNAUTHENTICATED`: the peer has shown no certificate, or no token, that the manager
        /// takes; joining, with a valid token, would help.
        case unauthenticated
        /// `PERMISSION_DENIED`: who the peer is is known, and it may not do this.
        case permissionDenied
        /// `FAILED_PRECONDITION`: the session is not the current one; register again.
        case staleSession
        /// `INVALID_ARGUMENT`
        case invalidArgument
        /// `RESOURCE_EXHAUSTED`: a bound was hit.
        case exhausted
        /// `UNAVAILABLE`: the manager can't answer now; try again later.
        case unavailable
    }

    public var code: Code
    /// What happened and what to do.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
