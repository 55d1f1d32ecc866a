/// One running copy of a task definition. It is placed once, never moves and never runs twice.
public struct ECSTask: Hashable, Sendable, Codable, Identifiable {
    public let id: TaskID
    public let cluster: ClusterID
    public let instance: InstanceID
    public let definition: TaskDefinitionKey
    /// `service:<name>`, or what RunTask said, or `family:<family>`.
    public var group: String
    public var startedBy: String?
    public var service: ServiceID?
    public var deployment: DeploymentID?
    public var launchType: LaunchType
    /// Written by the manager alone.
    public var desiredStatus: DesiredStatus
    /// Reported by the worker; moves forward only.
    public var lastStatus: TaskStatus
    public var containers: [Container]
    /// What the task holds on its instance from placement until STOPPED.
    public var reserved: Resources
    public var overrides: TaskOverrides
    public var health: HealthStatus
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
    public var clientToken: String?
    public var tags: [Tag]

    public init(
        id: TaskID, cluster: ClusterID, instance: InstanceID, definition: TaskDefinitionKey,
        group: String, startedBy: String? = nil, service: ServiceID? = nil,
        deployment: DeploymentID? = nil, launchType: LaunchType = .ec2,
        desiredStatus: DesiredStatus = .running, lastStatus: TaskStatus = .pending,
        containers: [Container], reserved: Resources, overrides: TaskOverrides = .init(),
        health: HealthStatus = .unknown, createdAt: WallTime, clientToken: String? = nil,
        tags: [Tag] = []
    ) {
        self.id = id
        self.cluster = cluster
        self.instance = instance
        self.definition = definition
        self.group = group
        self.startedBy = startedBy
        self.service = service
        self.deployment = deployment
        self.launchType = launchType
        self.desiredStatus = desiredStatus
        self.lastStatus = lastStatus
        self.containers = containers
        self.reserved = reserved
        self.overrides = overrides
        self.health = health
        self.createdAt = createdAt
        self.version = 1
        self.clientToken = clientToken
        self.tags = tags
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

    public init(
        id: ContainerID, name: String, image: String, lastStatus: ContainerStatus = .pending,
        exitCode: Int? = nil, reason: String? = nil, runtimeID: String? = nil,
        networkBindings: [NetworkBinding] = [], health: HealthStatus = .unknown, cpu: Int = 0,
        memory: Int? = nil, memoryReservation: Int? = nil
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

        public init(
            name: String, command: [String]? = nil, environment: [EnvironmentVariable] = [],
            cpu: Int? = nil, memory: Int? = nil, memoryReservation: Int? = nil
        ) {
            self.name = name
            self.command = command
            self.environment = environment
            self.cpu = cpu
            self.memory = memory
            self.memoryReservation = memoryReservation
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
