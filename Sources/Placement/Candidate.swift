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
    /// Tasks on it of the group that is being placed: those that `distinctInstance` asks for.
    public var tasksOfGroup: Int
    /// Tasks on it of the deployment that is being placed, or of the group where there is none:
    /// those that a spread counts. Tasks of older deployments will go; it is the spread of those
    /// that stay that matters.
    public var tasksOfCrew: Int
    /// Groups with tasks on it: of all there are, those that the need's expressions are about.
    public var groups: Set<String>

    public init(
        instance: ContainerInstance, connected: Bool, freeCPU: Int, freeMemory: Int,
        freeGPUs: Int = 0, tcpPorts: Set<Int> = [], udpPorts: Set<Int> = [], tasks: Int = 0,
        tasksOfGroup: Int = 0, tasksOfCrew: Int = 0, groups: Set<String> = []
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
        self.tasksOfCrew = tasksOfCrew
        self.groups = groups
    }
}

/// What a task asks of the place where it goes.
public struct Need: Hashable, Sendable {
    public var resources: Resources
    public var requiredAttributes: [Attribute]
    public var constraints: [PlacementConstraint]
    public let strategies: [PlacementStrategy]
    /// The same as something to compare by.
    let order: Order
    /// The group of the task: what `distinctInstance` is about.
    public var group: String
    /// The deployment that starts it, if one does.
    public var deployment: DeploymentID?
    /// The capacity provider that it is for: needs of one deployment that differ in it alternate.
    public var provider: String?

    public init(
        resources: Resources, requiredAttributes: [Attribute] = [],
        constraints: [PlacementConstraint] = [], strategies: [PlacementStrategy] = [],
        group: String = "", deployment: DeploymentID? = nil, provider: String? = nil
    ) {
        self.group = group
        self.deployment = deployment
        self.provider = provider
        self.resources = resources
        self.requiredAttributes = requiredAttributes
        self.constraints = constraints
        self.strategies = strategies
        order = Order(strategies)
    }

    /// The tasks that a spread counts.
    var crew: Crew.Name { deployment.map { .deployment($0) } ?? .group(group) }

    /// What its shortlist is kept under.
    var listName: Shortlists.Name { Shortlists.Name(crew: crew, provider: provider) }

    /// What the task holds once it is placed.
    public var holding: Holding {
        Holding(resources: resources, group: group, deployment: deployment)
    }

    /// What a service without a strategy gets: spread over zones, then over instances
    /// (ECS Developer Guide, "Amazon ECS services").
    public static let serviceDefault: [PlacementStrategy] = [
        .spread("attribute:\(zoneAttribute)"), .spread("instanceId"),
    ]

    /// The attribute that names an instance's availability zone.
    public static let zoneAttribute = "ecs.availability-zone"
}
