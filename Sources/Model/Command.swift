/// A request that changes the state, as the manager's core takes it. Reads never come here: they
/// use a snapshot.
public enum Command: Hashable, Sendable {
    case createCluster(CreateCluster)
    case updateCluster(UpdateCluster)
    case deleteCluster(ClusterReference)
    case registerTaskDefinition(RegisterTaskDefinition)
    case deregisterTaskDefinition(TaskDefinitionReference)
    /// Each with a revision.
    case deleteTaskDefinitions([TaskDefinitionReference])
    case createService(CreateService)
    case updateService(UpdateService)
    case deleteService(ServiceReference, force: Bool)
    case createTaskSet(CreateTaskSet)
    case updateTaskSet(ServiceReference, DeploymentID, scale: Double)
    case deleteTaskSet(ServiceReference, DeploymentID, force: Bool)
    case updateServicePrimaryTaskSet(ServiceReference, DeploymentID)
    case stopServiceDeployment(ServiceDeploymentReference, ServiceDeploymentStop)
    case runTask(RunTask)
    case startTask(StartTask)
    case stopTask(TaskReference, reason: String?)
    case registerContainerInstance(RegisterInstance)
    case deregisterContainerInstance(InstanceReference, force: Bool)
    case updateContainerInstancesState(ClusterReference, [InstanceID], UpdatedInstanceState)
    /// Protects tasks from scale-in for so many minutes; `nil` ends their protection.
    case updateTaskProtection(ClusterReference, [TaskID], minutes: Int?)
    case putAttributes(ClusterReference, [TargetedAttribute])
    case deleteAttributes(ClusterReference, [TargetedAttribute])
    case tag(TaggableReference, [Tag])
    case untag(TaggableReference, keys: [String])
    /// The operator's word on a mass silence that the manager holds replacements for
    /// (DESIGN section 5).
    case resolveMassSilence(ClusterReference, MassSilenceDecision)
    case createJoinToken(CreateJoinToken)
    case revokeJoinToken(JoinTokenID)
    /// Ends a worker's right at once. `worker` is its name, its instance's id or its own.
    case revokeWorker(ClusterReference, worker: String)
    case redirectWorkers(RedirectWorkers)
    case createCapacityProvider(CreateCapacityProvider)
    /// Its group's settings, as they are to be.
    case updateCapacityProvider(CapacityProviderReference, Document)
    case deleteCapacityProvider(CapacityProviderReference)
    case putClusterCapacityProviders(PutClusterCapacityProviders)
    /// For the root it is the default of all who have none of their own.
    case putAccountSetting(AccountSetting)
    case deleteAccountSetting(AccountSetting.Key)
    case createAccessKey(CreateAccessKey)
    case revokeAccessKey(AccessKeyID)
    case createLogGroup(KnownLogGroup, tags: [Tag])
    case deleteLogGroup(KnownLogGroup)
    case changeLogGroup(KnownLogGroup, LogGroupChange)
    /// For test suites: all is forgotten but who may do what.
    case reset
}

/// What a command gives back, as of the step that carried it out.
public enum Outcome: Hashable, Sendable {
    case done
    case cluster(Cluster)
    case taskDefinition(TaskDefinition)
    case taskDefinitions([TaskDefinition], failures: [TaskDefinitionFailure])
    case service(Service)
    case serviceDeployment(ServiceDeployment)
    case taskSet(TaskSet, of: Service)
    case task(ECSTask)
    case tasks([ECSTask], failures: [PlacementFailure])
    case instance(ContainerInstance)
    case instances([ContainerInstance], missing: [InstanceID])
    case protections([TaskProtection], failures: [TaskProtection.Failure])
    case attributes([TargetedAttribute])
    case joinToken(JoinToken)
    case workers([WorkerIdentity])
    case capacityProvider(CapacityProvider)
    case accountSetting(AccountSetting)
    case accessKey(AccessKey)
}

/// A definition that could not be deleted.
public struct TaskDefinitionFailure: Hashable, Sendable {
    public var reference: TaskDefinitionReference
    public var reason: String

    public init(_ reference: TaskDefinitionReference, reason: String) {
        self.reference = reference
        self.reason = reason
    }
}

/// One task that RunTask or StartTask could not place.
public struct PlacementFailure: Hashable, Sendable {
    /// The instance that came nearest, if there was one.
    public var instance: InstanceID?
    /// `RESOURCE:CPU`, `AGENT`, `ATTRIBUTE`, `MISSING`, …
    public var reason: String
    /// What a person needs to know beyond the reason.
    public var detail: String?

    public init(instance: InstanceID? = nil, reason: String, detail: String? = nil) {
        self.instance = instance
        self.reason = reason
        self.detail = detail
    }
}

/// The secret itself never comes here: who made it keeps it for the person who asked.
public struct CreateJoinToken: Hashable, Sendable {
    public var cluster: ClusterReference
    public var secret: Fingerprint
    public var life: Duration

    public init(cluster: ClusterReference, secret: Fingerprint, life: Duration) {
        self.cluster = cluster
        self.secret = secret
        self.life = life
    }
}

/// Sends connected workers to other managers.
public struct RedirectWorkers: Hashable, Sendable {
    public var cluster: ClusterReference
    /// A worker's name or its instance's id; `nil` means all of the cluster that are connected.
    public var worker: String?
    /// `host:port`, at least one; workers are given to them in turn.
    public var managers: [String]
    /// Milliseconds over which the workers leave, each at a moment that it draws.
    public var within: Int64

    public init(
        cluster: ClusterReference, worker: String?, managers: [String], within: Int64 = 0
    ) {
        self.cluster = cluster
        self.worker = worker
        self.managers = managers
        self.within = within
    }
}

public enum UpdatedInstanceState: String, Hashable, Sendable {
    case active = "ACTIVE"
    case draining = "DRAINING"
}

public enum MassSilenceDecision: String, Hashable, Sendable {
    /// The workers are lost: replace their tasks now.
    case replace
    /// The workers are fine: go on waiting for them.
    case hold
}

public struct CreateCluster: Hashable, Sendable {
    public var cluster: ClusterReference
    public var settings: [Cluster.Setting]
    public var capacityProviders: [String]
    public var defaultCapacityProviderStrategy: [CapacityProviderShare]
    public var tags: [Tag]
    public var document: Document

    public init(
        cluster: ClusterReference, settings: [Cluster.Setting] = [],
        capacityProviders: [String] = [],
        defaultCapacityProviderStrategy: [CapacityProviderShare] = [], tags: [Tag] = [],
        document: Document = .empty
    ) {
        self.cluster = cluster
        self.settings = settings
        self.capacityProviders = capacityProviders
        self.defaultCapacityProviderStrategy = defaultCapacityProviderStrategy
        self.tags = tags
        self.document = document
    }
}

/// The core gives the revision; everything else comes checked from the edge.
public struct RegisterTaskDefinition: Hashable, Sendable {
    public var region: String
    public var family: String
    public var containers: [ContainerDefinition]
    public var networkMode: NetworkMode
    public var pidMode: NamespaceSharing?
    public var ipcMode: NamespaceSharing?
    public var cpu: Int?
    public var memory: Int?
    public var placementConstraints: [PlacementConstraint]
    public var requiredAttributes: [Attribute]
    public var tags: [Tag]
    public var document: Document

    public init(
        region: String, family: String, containers: [ContainerDefinition],
        networkMode: NetworkMode = .bridge, pidMode: NamespaceSharing? = nil,
        ipcMode: NamespaceSharing? = nil, cpu: Int? = nil, memory: Int? = nil,
        placementConstraints: [PlacementConstraint] = [], requiredAttributes: [Attribute] = [],
        tags: [Tag] = [], document: Document = .empty
    ) {
        self.region = region
        self.family = family
        self.containers = containers
        self.networkMode = networkMode
        self.pidMode = pidMode
        self.ipcMode = ipcMode
        self.cpu = cpu
        self.memory = memory
        self.placementConstraints = placementConstraints
        self.requiredAttributes = requiredAttributes
        self.tags = tags
        self.document = document
    }
}

public struct CreateService: Hashable, Sendable {
    public var service: ServiceReference
    /// `nil` with ``ServiceController/external`` alone.
    public var taskDefinition: TaskDefinitionReference?
    public var controller: ServiceController
    public var schedulingStrategy: SchedulingStrategy
    /// Of a ``SchedulingStrategy/daemon`` it is computed.
    public var desiredCount: Int
    public var deploymentConfiguration: DeploymentConfiguration
    public var placementConstraints: [PlacementConstraint]
    public var placementStrategy: [PlacementStrategy]
    public var launchType: LaunchType
    /// `nil` means ENABLED where the service may have it (ECS, CreateService).
    public var availabilityZoneRebalancing: AvailabilityZoneRebalancing?
    /// `nil` means the cluster's; empty means none, since a launch type was named.
    public var capacityProviderStrategy: [CapacityProviderShare]?
    /// Seconds; `nil` means none.
    public var healthCheckGracePeriod: Int?
    public var enableManagedTags: Bool
    public var propagateTags: TagPropagation
    /// Whether commands may be run in its tasks (`enableExecuteCommand`).
    public var takesCommands: Bool
    public var clientToken: String?
    public var tags: [Tag]
    public var document: Document

    public init(
        service: ServiceReference, taskDefinition: TaskDefinitionReference?,
        controller: ServiceController = .ecs,
        schedulingStrategy: SchedulingStrategy = .replica, desiredCount: Int,
        deploymentConfiguration: DeploymentConfiguration = .init(),
        placementConstraints: [PlacementConstraint] = [],
        placementStrategy: [PlacementStrategy] = [], launchType: LaunchType = .ec2,
        availabilityZoneRebalancing: AvailabilityZoneRebalancing? = nil,
        capacityProviderStrategy: [CapacityProviderShare]? = nil,
        healthCheckGracePeriod: Int? = nil, enableManagedTags: Bool = false,
        propagateTags: TagPropagation = .none, takesCommands: Bool = false,
        clientToken: String? = nil, tags: [Tag] = [], document: Document = .empty
    ) {
        self.service = service
        self.taskDefinition = taskDefinition
        self.controller = controller
        self.schedulingStrategy = schedulingStrategy
        self.desiredCount = desiredCount
        self.deploymentConfiguration = deploymentConfiguration
        self.placementConstraints = placementConstraints
        self.placementStrategy = placementStrategy
        self.launchType = launchType
        self.availabilityZoneRebalancing = availabilityZoneRebalancing
        self.capacityProviderStrategy = capacityProviderStrategy
        self.healthCheckGracePeriod = healthCheckGracePeriod
        self.enableManagedTags = enableManagedTags
        self.propagateTags = propagateTags
        self.takesCommands = takesCommands
        self.clientToken = clientToken
        self.tags = tags
        self.document = document
    }
}

/// `nil` leaves a member as it is. An empty list clears it.
public struct UpdateService: Hashable, Sendable {
    public var service: ServiceReference
    public var taskDefinition: TaskDefinitionReference?
    public var desiredCount: Int?
    public var minimumHealthyPercent: Int?
    public var maximumPercent: Int?
    public var circuitBreaker: CircuitBreakerSettings?
    public var placementConstraints: [PlacementConstraint]?
    public var placementStrategy: [PlacementStrategy]?
    public var availabilityZoneRebalancing: AvailabilityZoneRebalancing?
    public var capacityProviderStrategy: [CapacityProviderShare]?
    public var healthCheckGracePeriod: Int?
    public var enableManagedTags: Bool?
    public var propagateTags: TagPropagation?
    /// Of tasks that are started from now on.
    public var takesCommands: Bool?
    public var forceNewDeployment: Bool
    /// The service's whole new document.
    public var document: Document?
    /// The document that ``document`` was made from. If the service has another by now, the update
    /// is refused with ``APIError/Code/conflict`` and is to be made anew.
    public var documentBase: Document?

    public init(
        service: ServiceReference, taskDefinition: TaskDefinitionReference? = nil,
        desiredCount: Int? = nil, minimumHealthyPercent: Int? = nil, maximumPercent: Int? = nil,
        circuitBreaker: CircuitBreakerSettings? = nil,
        placementConstraints: [PlacementConstraint]? = nil,
        placementStrategy: [PlacementStrategy]? = nil,
        availabilityZoneRebalancing: AvailabilityZoneRebalancing? = nil,
        capacityProviderStrategy: [CapacityProviderShare]? = nil,
        healthCheckGracePeriod: Int? = nil, enableManagedTags: Bool? = nil,
        propagateTags: TagPropagation? = nil, takesCommands: Bool? = nil,
        forceNewDeployment: Bool = false,
        document: Document? = nil, documentBase: Document? = nil
    ) {
        self.service = service
        self.taskDefinition = taskDefinition
        self.desiredCount = desiredCount
        self.minimumHealthyPercent = minimumHealthyPercent
        self.maximumPercent = maximumPercent
        self.circuitBreaker = circuitBreaker
        self.placementConstraints = placementConstraints
        self.placementStrategy = placementStrategy
        self.availabilityZoneRebalancing = availabilityZoneRebalancing
        self.capacityProviderStrategy = capacityProviderStrategy
        self.healthCheckGracePeriod = healthCheckGracePeriod
        self.enableManagedTags = enableManagedTags
        self.propagateTags = propagateTags
        self.takesCommands = takesCommands
        self.forceNewDeployment = forceNewDeployment
        self.document = document
        self.documentBase = documentBase
    }
}

/// What RunTask and StartTask have in common.
public struct TaskRequest: Hashable, Sendable {
    public var cluster: ClusterReference
    public var taskDefinition: TaskDefinitionReference
    public var overrides: TaskOverrides
    /// `nil` means `family:<family>`.
    public var group: String?
    public var startedBy: String?
    public var launchType: LaunchType
    public var enableManagedTags: Bool
    public var propagateTags: TagPropagation
    /// Whether commands may be run in the tasks (`enableExecuteCommand`).
    public var takesCommands: Bool
    public var tags: [Tag]

    public init(
        cluster: ClusterReference, taskDefinition: TaskDefinitionReference,
        overrides: TaskOverrides = .init(), group: String? = nil, startedBy: String? = nil,
        launchType: LaunchType = .ec2, enableManagedTags: Bool = false,
        propagateTags: TagPropagation = .none, takesCommands: Bool = false, tags: [Tag] = []
    ) {
        self.cluster = cluster
        self.taskDefinition = taskDefinition
        self.overrides = overrides
        self.group = group
        self.startedBy = startedBy
        self.launchType = launchType
        self.enableManagedTags = enableManagedTags
        self.propagateTags = propagateTags
        self.takesCommands = takesCommands
        self.tags = tags
    }
}

public struct RunTask: Hashable, Sendable {
    public var request: TaskRequest
    /// 1-10.
    public var count: Int
    public var placementConstraints: [PlacementConstraint]
    public var placementStrategy: [PlacementStrategy]
    /// `nil` means the cluster's; empty means none, since a launch type was named.
    public var capacityProviderStrategy: [CapacityProviderShare]?
    /// The same token with the same parameters gives the same tasks.
    public var clientToken: String?

    public init(
        request: TaskRequest, count: Int = 1, placementConstraints: [PlacementConstraint] = [],
        placementStrategy: [PlacementStrategy] = [],
        capacityProviderStrategy: [CapacityProviderShare]? = nil, clientToken: String? = nil
    ) {
        self.request = request
        self.count = count
        self.placementConstraints = placementConstraints
        self.placementStrategy = placementStrategy
        self.capacityProviderStrategy = capacityProviderStrategy
        self.clientToken = clientToken
    }
}

public struct StartTask: Hashable, Sendable {
    public var request: TaskRequest
    public var instances: [InstanceID]

    public init(request: TaskRequest, instances: [InstanceID]) {
        self.request = request
        self.instances = instances
    }
}
