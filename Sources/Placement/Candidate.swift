public import Model

/// An instance as placement sees it: what is free on it and who is there.
public struct Candidate: Hashable, Sendable {
    public var instance: ContainerInstance
    /// A whole session or its lease still stands; without one nothing may be placed.
    public var connected: Bool
    public var freeCPU: Int
    /// MiB.
    public var freeMemory: Int
    public var freeGPUs: Int
    /// Host ports taken by tasks or kept by the worker.
    public var tcpPorts: Set<Int>
    public var udpPorts: Set<Int>
    /// Tasks of any kind on it.
    public var tasks: Int
    /// Tasks on it of the group that is being placed.
    public var tasksOfGroup: Int
    /// How many of ``tasksOfGroup`` will go soon, as those of an older deployment do. Constraints
    /// count them, a spread does not: it is the spread of those that stay that matters.
    public var tasksLeaving: Int

    public init(
        instance: ContainerInstance, connected: Bool, freeCPU: Int, freeMemory: Int,
        freeGPUs: Int = 0, tcpPorts: Set<Int> = [], udpPorts: Set<Int> = [], tasks: Int = 0,
        tasksOfGroup: Int = 0, tasksLeaving: Int = 0
    ) {
        self.instance = instance
        self.connected = connected
        self.freeCPU = freeCPU
        self.freeMemory = freeMemory
        self.freeGPUs = freeGPUs
        self.tcpPorts = tcpPorts
        self.udpPorts = udpPorts
        self.tasks = tasks
        self.tasksOfGroup = tasksOfGroup
        self.tasksLeaving = tasksLeaving
    }

    var tasksStaying: Int { tasksOfGroup - tasksLeaving }

    /// The value of an attribute; `nil` where the instance does not have it.
    func value(of attribute: String) -> String? {
        instance.attributes.first { $0.name == attribute }.map { $0.value ?? "" }
    }

    mutating func take(_ resources: Resources) {
        freeCPU -= resources.cpu
        freeMemory -= resources.memory
        freeGPUs -= resources.gpus
        tcpPorts.formUnion(resources.tcpPorts)
        udpPorts.formUnion(resources.udpPorts)
        tasks += 1
        tasksOfGroup += 1
    }
}

/// What a task asks of the place where it goes.
public struct Need: Hashable, Sendable {
    public var resources: Resources
    public var requiredAttributes: [Attribute]
    public var constraints: [PlacementConstraint]
    public var strategies: [PlacementStrategy]

    public init(
        resources: Resources, requiredAttributes: [Attribute] = [],
        constraints: [PlacementConstraint] = [], strategies: [PlacementStrategy] = []
    ) {
        self.resources = resources
        self.requiredAttributes = requiredAttributes
        self.constraints = constraints
        self.strategies = strategies
    }

    /// What a service without a strategy gets: spread over zones, then over instances
    /// (ECS Developer Guide, "Amazon ECS services").
    public static let serviceDefault: [PlacementStrategy] = [
        .spread("attribute:\(zoneAttribute)"), .spread("instanceId"),
    ]

    /// The attribute that names an instance's availability zone.
    public static let zoneAttribute = "ecs.availability-zone"
}
