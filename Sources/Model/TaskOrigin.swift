/// What a task was made from. The tasks that a deployment or one call of RunTask starts have all of
/// it in common, and share one: there can be a million of them.
public struct TaskOrigin: Codable, Hashable, Sendable {
    public let cluster: ClusterID
    public let definition: TaskDefinitionKey
    /// `service:<name>`, or what RunTask said, or `family:<family>`.
    public var group: String
    public var startedBy: String?
    public var service: ServiceID?
    public var deployment: DeploymentID?
    public var launchType: LaunchType
    /// What each of the tasks holds on its instance.
    public var reserved: Resources
    public var overrides: TaskOverrides
    public var clientToken: String?
    public var tags: [Tag]
    /// `nil` means that it goes on while its worker and the manager don't hear each other.
    public var onLost: OnLost?
    /// What RunTask or StartTask asked of the place; `nil` where they asked nothing, and for the
    /// tasks of a service, which says it itself.
    public var wish: PlacementWish?
    /// Whose part of a strategy it is.
    public var capacityProvider: String?
    /// Whether an essential container has a health check, so that the task counts as healthy only
    /// when it is HEALTHY; `nil` means no.
    public var hasHealthCheck: Bool?
    /// Whether commands may be run in its containers (`enableExecuteCommand`); `nil` means no.
    public var takesCommands: Bool?

    public init(
        cluster: ClusterID, definition: TaskDefinitionKey, group: String,
        startedBy: String? = nil, service: ServiceID? = nil, deployment: DeploymentID? = nil,
        launchType: LaunchType = .ec2, reserved: Resources, overrides: TaskOverrides = .init(),
        clientToken: String? = nil, tags: [Tag] = [], onLost: OnLost? = nil,
        wish: PlacementWish? = nil, capacityProvider: String? = nil,
        hasHealthCheck: Bool? = nil, takesCommands: Bool? = nil
    ) {
        self.cluster = cluster
        self.definition = definition
        self.group = group
        self.startedBy = startedBy
        self.service = service
        self.deployment = deployment
        self.launchType = launchType
        self.reserved = reserved
        self.overrides = overrides
        self.clientToken = clientToken
        self.tags = tags
        self.onLost = onLost
        self.wish = wish
        self.capacityProvider = capacityProvider
        self.hasHealthCheck = hasHealthCheck
        self.takesCommands = takesCommands
    }
}

/// What a request asked of the place where its tasks go, kept so that it can be explained.
public struct PlacementWish: Hashable, Sendable, Codable {
    /// Beside those of the task definition.
    public var constraints: [PlacementConstraint]
    public var strategies: [PlacementStrategy]
    /// Whether the caller named the instance itself (StartTask).
    public var isNamed: Bool

    public init(
        constraints: [PlacementConstraint] = [], strategies: [PlacementStrategy] = [],
        isNamed: Bool = false
    ) {
        self.constraints = constraints
        self.strategies = strategies
        self.isNamed = isNamed
    }
}
