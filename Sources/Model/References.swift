/// How a request names a cluster. ARNs are taken apart at the edge; a name that no request gave is
/// `default`.
public struct ClusterReference: Hashable, Sendable {
    public var region: String
    public var name: String

    public init(region: String, name: String = "default") {
        self.region = region
        self.name = name
    }
}

public struct ServiceReference: Hashable, Sendable {
    public var cluster: ClusterReference
    public var name: String

    public init(cluster: ClusterReference, name: String) {
        self.cluster = cluster
        self.name = name
    }
}

public struct ServiceDeploymentReference: Hashable, Sendable {
    public var service: ServiceReference
    public var id: ServiceDeploymentID

    public init(service: ServiceReference, id: ServiceDeploymentID) {
        self.service = service
        self.id = id
    }
}

public struct TaskReference: Hashable, Sendable {
    public var cluster: ClusterReference
    public var id: TaskID

    public init(cluster: ClusterReference, id: TaskID) {
        self.cluster = cluster
        self.id = id
    }
}

public struct InstanceReference: Hashable, Sendable {
    public var cluster: ClusterReference
    public var id: InstanceID

    public init(cluster: ClusterReference, id: InstanceID) {
        self.cluster = cluster
        self.id = id
    }
}

/// `family`, `family:revision` or an ARN; without a revision it means the newest ACTIVE one.
public struct TaskDefinitionReference: Hashable, Sendable {
    public var region: String
    public var family: String
    public var revision: Int?

    public init(region: String, family: String, revision: Int? = nil) {
        self.region = region
        self.family = family
        self.revision = revision
    }
}

/// What the tagging operations can name.
public enum TaggableReference: Hashable, Sendable {
    case cluster(ClusterReference)
    case service(ServiceReference)
    case taskSet(ServiceReference, DeploymentID)
    case task(TaskReference)
    case instance(InstanceReference)
    case taskDefinition(TaskDefinitionReference)
    case capacityProvider(CapacityProviderReference)
}
