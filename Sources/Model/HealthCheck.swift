/// How it is found out whether a container does its work (ECS `HealthCheck`). A container without
/// one is neither healthy nor unhealthy.
public struct HealthCheck: Hashable, Sendable, Codable {
    /// What a definition that leaves a member out means.
    public static let intervalDefault = 30
    public static let timeoutDefault = 5
    public static let retriesDefault = 3

    /// `CMD` and the program with its arguments, or `CMD-SHELL` and a line for `/bin/sh`.
    public var command: [String]
    /// Seconds from the container's start to the first check, and from the end of each to the next.
    public var interval: Int
    /// Seconds after which a check that has not ended has failed.
    public var timeout: Int
    /// So many failed checks in a row make the container UNHEALTHY.
    public var retries: Int
    /// Seconds from the container's start in which failed checks don't count, until one passes.
    public var startPeriod: Int

    public init(
        command: [String], interval: Int = HealthCheck.intervalDefault,
        timeout: Int = HealthCheck.timeoutDefault, retries: Int = HealthCheck.retriesDefault,
        startPeriod: Int = 0
    ) {
        self.command = command
        self.interval = interval
        self.timeout = timeout
        self.retries = retries
        self.startPeriod = startPeriod
    }

    /// The program to run and its arguments; `nil` where the command is none, as with `NONE`.
    public var arguments: [String]? {
        guard command.count > 1 else { return nil }
        switch command[0] {
        case "CMD": return Array(command.dropFirst())
        case "CMD-SHELL": return ["/bin/sh", "-c"] + command.dropFirst()
        default: return nil
        }
    }
}

extension HealthStatus {
    /// The health of a task: that of its essential containers that have a check (ECS Developer
    /// Guide, "Determine Amazon ECS task health using container health checks").
    public static func ofTask(
        _ containers: [Container], checkedIn definitions: [ContainerDefinition]
    ) -> HealthStatus {
        var health: HealthStatus?
        for definition in definitions where definition.essential && definition.healthCheck != nil {
            let container = containers.first { $0.name == definition.name }
            switch container?.health ?? .unknown {
            case .unhealthy: return .unhealthy
            case .unknown: health = .unknown
            case .healthy: health = health ?? .healthy
            }
        }
        return health ?? .unknown
    }
}
