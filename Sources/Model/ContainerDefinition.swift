public struct EnvironmentVariable: Hashable, Sendable, Codable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

public enum TransportProtocol: String, Hashable, Sendable, Codable {
    case tcp, udp
}

/// A port of a container and the port of the host that leads to it.
public struct PortMapping: Hashable, Sendable, Codable {
    public var containerPort: Int
    /// 0 asks the worker for a free port.
    public var hostPort: Int
    public var transport: TransportProtocol
    public var name: String?

    public init(
        containerPort: Int, hostPort: Int = 0, transport: TransportProtocol = .tcp,
        name: String? = nil
    ) {
        self.containerPort = containerPort
        self.hostPort = hostPort
        self.transport = transport
        self.name = name
    }
}

/// One container waits for another (ECS `ContainerDependency`).
public struct ContainerDependency: Hashable, Sendable, Codable {
    public enum Condition: String, Sendable, Codable {
        case start = "START"
        case complete = "COMPLETE"
        case success = "SUCCESS"
        case healthy = "HEALTHY"
    }

    public var container: String
    public var condition: Condition

    public init(container: String, condition: Condition) {
        self.container = container
        self.condition = condition
    }
}

public struct Ulimit: Hashable, Sendable, Codable {
    /// ECS's name, such as `nofile`.
    public var name: String
    public var soft: Int
    public var hard: Int

    public init(name: String, soft: Int, hard: Int) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// One container of a task definition: what a worker needs to run it.
public struct ContainerDefinition: Hashable, Sendable, Codable {
    /// Seconds between stop signal and SIGKILL where nobody says otherwise.
    public static let stopTimeoutDefault = 30

    public var name: String
    public var image: String
    /// CPU units; 0 means none reserved.
    public var cpu: Int
    /// Hard limit, MiB.
    public var memory: Int?
    /// Soft limit, MiB.
    public var memoryReservation: Int?
    public var essential: Bool
    public var entryPoint: [String]
    public var command: [String]
    public var environment: [EnvironmentVariable]
    public var workingDirectory: String?
    public var user: String?
    public var portMappings: [PortMapping]
    /// Seconds within which the container must reach what its dependents wait for; `nil`: no limit.
    public var startTimeout: Int?
    /// Seconds between the stop signal and SIGKILL; `nil` is the worker's default of 30.
    public var stopTimeout: Int?
    public var dependsOn: [ContainerDependency]
    public var ulimits: [Ulimit]
    /// How many GPUs it asks for; `nil` means none.
    public var gpus: Int?
    /// `nil` means that it is never started again.
    public var restartPolicy: RestartPolicy?
    /// `nil` means that nobody looks after its health.
    public var healthCheck: HealthCheck?
    /// `nil` means that it asks for nothing of the kind.
    public var setup: ContainerSetup?

    public init(
        name: String, image: String, cpu: Int = 0, memory: Int? = nil,
        memoryReservation: Int? = nil, essential: Bool = true, entryPoint: [String] = [],
        command: [String] = [], environment: [EnvironmentVariable] = [],
        workingDirectory: String? = nil, user: String? = nil, portMappings: [PortMapping] = [],
        startTimeout: Int? = nil, stopTimeout: Int? = nil,
        dependsOn: [ContainerDependency] = [], ulimits: [Ulimit] = [],
        gpus: Int? = nil, restartPolicy: RestartPolicy? = nil, healthCheck: HealthCheck? = nil,
        setup: ContainerSetup? = nil
    ) {
        self.name = name
        self.image = image
        self.cpu = cpu
        self.memory = memory
        self.memoryReservation = memoryReservation
        self.essential = essential
        self.entryPoint = entryPoint
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.portMappings = portMappings
        self.startTimeout = startTimeout
        self.stopTimeout = stopTimeout
        self.dependsOn = dependsOn
        self.ulimits = ulimits
        self.gpus = gpus
        self.restartPolicy = restartPolicy
        self.healthCheck = healthCheck
        self.setup = setup
    }
}
