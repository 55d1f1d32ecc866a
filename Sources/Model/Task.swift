/// One running copy of a task definition. It is placed once, never moves and never runs twice.
///
/// A reference to what it says, which its copies share until one of them is changed: there can be a
/// million of them, and tables copy what is in them.
public struct ECSTask: Hashable, Sendable, Identifiable {
    private var fields: Shared<Fields>

    private struct Fields: Hashable, Sendable {
        let id: TaskID
        let instance: InstanceID
        var origin: Shared<TaskOrigin>
        var containers: [Container]
        var createdAt: WallTime
        var pullStartedAt = SparseTime()
        var pullStoppedAt = SparseTime()
        var startedAt = SparseTime()
        /// What few have, which is `nil` where none of it is said.
        var rare: Shared<Rare>?
        var version = 1
        var desiredStatus = DesiredStatus.running
        var lastStatus = TaskStatus.pending
        var health = HealthStatus.unknown
    }

    private struct Rare: Hashable, Sendable {
        var stoppingAt: WallTime?
        var executionStoppedAt: WallTime?
        var stoppedAt: WallTime?
        var stopCode: StopCode?
        var stoppedReason: String?
        var protectedUntil: WallTime?
    }

    public init(
        id: TaskID, instance: InstanceID, origin: Shared<TaskOrigin>, containers: [Container],
        createdAt: WallTime
    ) {
        fields = Shared(
            Fields(
                id: id, instance: instance, origin: origin, containers: containers,
                createdAt: createdAt))
    }

    public var id: TaskID { fields.value.id }
    public var instance: InstanceID { fields.value.instance }
    /// What it was made from.
    public var origin: Shared<TaskOrigin> {
        get { fields.value.origin }
        set { fields.value.origin = newValue }
    }
    /// Written by the manager alone.
    public var desiredStatus: DesiredStatus {
        get { fields.value.desiredStatus }
        set { fields.value.desiredStatus = newValue }
    }
    /// Reported by the worker; moves forward only.
    public var lastStatus: TaskStatus {
        get { fields.value.lastStatus }
        set { fields.value.lastStatus = newValue }
    }
    public var health: HealthStatus {
        get { fields.value.health }
        set { fields.value.health = newValue }
    }
    public var containers: [Container] {
        get { fields.value.containers }
        _modify { yield &fields.value.containers }
    }
    public var createdAt: WallTime {
        get { fields.value.createdAt }
        set { fields.value.createdAt = newValue }
    }
    public var pullStartedAt: WallTime? {
        get { fields.value.pullStartedAt.time }
        set { fields.value.pullStartedAt.time = newValue }
    }
    public var pullStoppedAt: WallTime? {
        get { fields.value.pullStoppedAt.time }
        set { fields.value.pullStoppedAt.time = newValue }
    }
    public var startedAt: WallTime? {
        get { fields.value.startedAt.time }
        set { fields.value.startedAt.time = newValue }
    }
    public var stoppingAt: WallTime? {
        get { fields.value.rare?.value.stoppingAt }
        set { rare.stoppingAt = newValue }
    }
    public var executionStoppedAt: WallTime? {
        get { fields.value.rare?.value.executionStoppedAt }
        set { rare.executionStoppedAt = newValue }
    }
    public var stoppedAt: WallTime? {
        get { fields.value.rare?.value.stoppedAt }
        set { rare.stoppedAt = newValue }
    }
    public var stopCode: StopCode? {
        get { fields.value.rare?.value.stopCode }
        set { rare.stopCode = newValue }
    }
    public var stoppedReason: String? {
        get { fields.value.rare?.value.stoppedReason }
        set { rare.stoppedReason = newValue }
    }
    /// Grows with each change that ECS would send an event for.
    public var version: Int {
        get { fields.value.version }
        set { fields.value.version = newValue }
    }
    /// Until when neither scale-in nor a deployment may stop it; `nil` for a task that they may.
    public var protectedUntil: WallTime? {
        get { fields.value.rare?.value.protectedUntil }
        set { rare.protectedUntil = newValue }
    }

    private var rare: Rare {
        get { fields.value.rare?.value ?? Rare() }
        set {
            // Nothing said is one value, so that equal tasks are equal.
            let isNew = fields.value.rare == nil
            if newValue == Rare() {
                if !isNew { fields.value.rare = nil }
            } else if isNew {
                fields.value.rare = Shared(newValue)
            } else {
                fields.value.rare?.value = newValue
            }
        }
    }
}

extension ECSTask {
    public var cluster: ClusterID { fields.value.origin.value.cluster }
    public var definition: TaskDefinitionKey { fields.value.origin.value.definition }
    public var group: String { fields.value.origin.value.group }
    public var startedBy: String? { fields.value.origin.value.startedBy }
    public var service: ServiceID? { fields.value.origin.value.service }
    public var deployment: DeploymentID? { fields.value.origin.value.deployment }
    public var launchType: LaunchType { fields.value.origin.value.launchType }
    /// What the task holds on its instance from placement until STOPPED.
    public var reserved: Resources { fields.value.origin.value.reserved }
    public var overrides: TaskOverrides { fields.value.origin.value.overrides }
    public var clientToken: String? { fields.value.origin.value.clientToken }
    public var onLost: OnLost? { fields.value.origin.value.onLost }
    public var capacityProvider: String? { fields.value.origin.value.capacityProvider }
    public var hasHealthCheck: Bool { fields.value.origin.value.hasHealthCheck ?? false }
    public var takesCommands: Bool { fields.value.origin.value.takesCommands ?? false }
    public var tags: [Tag] {
        get { fields.value.origin.value.tags }
        set { fields.value.origin.value.tags = newValue }
    }
}

/// A port of the host that leads to a port of a container, as it came to be.
public struct NetworkBinding: Hashable, Sendable, Codable {
    public var bindIP: String
    public var containerPort: Int
    public var hostPort: Int
    public var transport: TransportProtocol

    public init(
        bindIP: String = "0.0.0.0", containerPort: Int, hostPort: Int,
        transport: TransportProtocol = .tcp
    ) {
        self.bindIP = bindIP
        self.containerPort = containerPort
        self.hostPort = hostPort
        self.transport = transport
    }
}

/// What RunTask and StartTask may change of a definition for one task.
public struct TaskOverrides: Hashable, Sendable, Codable {
    public struct Container: Hashable, Sendable, Codable {
        public var name: String
        public var command: [String]?
        public var environment: [EnvironmentVariable]
        public var cpu: Int?
        public var memory: Int?
        public var memoryReservation: Int?
        public var gpus: Int?

        public init(
            name: String, command: [String]? = nil, environment: [EnvironmentVariable] = [],
            cpu: Int? = nil, memory: Int? = nil, memoryReservation: Int? = nil,
            gpus: Int? = nil
        ) {
            self.name = name
            self.command = command
            self.environment = environment
            self.cpu = cpu
            self.memory = memory
            self.memoryReservation = memoryReservation
            self.gpus = gpus
        }
    }

    public var containers: [Container]
    public var cpu: Int?
    public var memory: Int?
    /// The whole in the API's form, as given.
    public var document: Document

    public init(
        containers: [Container] = [], cpu: Int? = nil, memory: Int? = nil,
        document: Document = .empty
    ) {
        self.containers = containers
        self.cpu = cpu
        self.memory = memory
        self.document = document
    }
}
