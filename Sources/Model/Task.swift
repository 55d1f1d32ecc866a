/// One running copy of a task definition. It is placed once, never moves and never runs twice.
public struct ECSTask: Hashable, Sendable, Identifiable {
    public let id: TaskID
    public let instance: InstanceID
    /// What it was made from.
    public var origin: Shared<TaskOrigin>
    /// Written by the manager alone.
    public var desiredStatus: DesiredStatus
    /// Reported by the worker; moves forward only.
    public var lastStatus: TaskStatus
    public var health: HealthStatus
    public var containers: [Container]
    public var createdAt: WallTime
    public var pullStartedAt: WallTime?
    public var pullStoppedAt: WallTime?
    public var startedAt: WallTime?
    public var stoppingAt: WallTime?
    public var executionStoppedAt: WallTime?
    public var stoppedAt: WallTime?
    public var stopCode: StopCode?
    public var stoppedReason: String?
    /// Grows with each change that ECS would send an event for.
    public var version: Int
    /// Until when neither scale-in nor a deployment may stop it; `nil` for a task that they may.
    public var protectedUntil: WallTime?

    public init(
        id: TaskID, instance: InstanceID, origin: Shared<TaskOrigin>, containers: [Container],
        createdAt: WallTime
    ) {
        self.id = id
        self.instance = instance
        self.origin = origin
        desiredStatus = .running
        lastStatus = .pending
        health = .unknown
        self.containers = containers
        self.createdAt = createdAt
        version = 1
    }

    public var cluster: ClusterID { origin.value.cluster }
    public var definition: TaskDefinitionKey { origin.value.definition }
    public var group: String { origin.value.group }
    public var startedBy: String? { origin.value.startedBy }
    public var service: ServiceID? { origin.value.service }
    public var deployment: DeploymentID? { origin.value.deployment }
    public var launchType: LaunchType { origin.value.launchType }
    /// What the task holds on its instance from placement until STOPPED.
    public var reserved: Resources { origin.value.reserved }
    public var overrides: TaskOverrides { origin.value.overrides }
    public var clientToken: String? { origin.value.clientToken }
    public var onLost: OnLost? { origin.value.onLost }
    public var capacityProvider: String? { origin.value.capacityProvider }
    public var tags: [Tag] {
        get { origin.value.tags }
        set { origin.value.tags = newValue }
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

/// One container of a task, as it is.
public struct Container: Hashable, Sendable, Codable, Identifiable {
    public let id: ContainerID
    public var name: String
    public var image: String
    public var lastStatus: ContainerStatus
    public var exitCode: Int?
    public var reason: String?
    public var runtimeID: String?
    public var networkBindings: [NetworkBinding]
    public var health: HealthStatus
    public var cpu: Int
    public var memory: Int?
    public var memoryReservation: Int?
    /// How often it was started again in its place; `nil` means never. ECS's API does not show it.
    public var restarts: Int?

    public init(
        id: ContainerID, name: String, image: String, lastStatus: ContainerStatus = .pending,
        exitCode: Int? = nil, reason: String? = nil, runtimeID: String? = nil,
        networkBindings: [NetworkBinding] = [], health: HealthStatus = .unknown, cpu: Int = 0,
        memory: Int? = nil, memoryReservation: Int? = nil, restarts: Int? = nil
    ) {
        self.id = id
        self.name = name
        self.image = image
        self.lastStatus = lastStatus
        self.exitCode = exitCode
        self.reason = reason
        self.runtimeID = runtimeID
        self.networkBindings = networkBindings
        self.health = health
        self.cpu = cpu
        self.memory = memory
        self.memoryReservation = memoryReservation
        self.restarts = restarts
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
