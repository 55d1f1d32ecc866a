public import QueryLanguage

/// Amounts of what an instance has and a task needs.
public struct Resources: Hashable, Sendable, Codable {
    /// CPU units, 1024 a core.
    public var cpu: Int
    /// MiB.
    public var memory: Int
    /// Host ports taken, or asked for by number.
    public var tcpPorts: [Int]
    public var udpPorts: [Int]
    public var gpus: Int

    public init(
        cpu: Int = 0, memory: Int = 0, tcpPorts: [Int] = [], udpPorts: [Int] = [], gpus: Int = 0
    ) {
        self.cpu = cpu
        self.memory = memory
        self.tcpPorts = tcpPorts
        self.udpPorts = udpPorts
        self.gpus = gpus
    }
}

/// A fact about an instance that placement can ask for.
public struct Attribute: Hashable, Sendable, Codable {
    public var name: String
    public var value: String?

    public init(name: String, value: String? = nil) {
        self.name = name
        self.value = value
    }
}

/// What binds where a task may run.
public enum PlacementConstraint: Hashable, Sendable, Codable {
    /// No two tasks of one group on an instance.
    case distinctInstance
    /// An expression that the instance must meet.
    case memberOf(ClusterQuery)
}

/// What is preferred among the instances that may run a task.
public enum PlacementStrategy: Hashable, Sendable, Codable {
    case random
    /// `instanceId`, or `attribute:<name>`.
    case spread(String)
    case binpack(BinpackField)

    public enum BinpackField: String, Sendable, Codable {
        case cpu, memory
    }
}
