/// What RegisterContainerInstance asks for: an instance that no worker speaks for yet.
public struct RegisterInstance: Hashable, Sendable {
    public var cluster: ClusterReference
    /// The instance that is registered again; `nil` makes a new one.
    public var instance: InstanceID?
    /// A worker of this name takes the instance over.
    public var name: String?
    public var resources: Resources
    public var attributes: [Attribute]
    public var agentVersion: String
    public var tags: [Tag]
    public var document: Document?

    public init(
        cluster: ClusterReference, instance: InstanceID? = nil, name: String? = nil,
        resources: Resources, attributes: [Attribute] = [], agentVersion: String = "",
        tags: [Tag] = [], document: Document? = nil
    ) {
        self.cluster = cluster
        self.instance = instance
        self.name = name
        self.resources = resources
        self.attributes = attributes
        self.agentVersion = agentVersion
        self.tags = tags
        self.document = document
    }
}

/// What UpdateCluster and UpdateClusterSettings ask for; `nil` leaves a member as it is.
public struct UpdateCluster: Hashable, Sendable {
    public var cluster: ClusterReference
    /// Each takes the place of the one of its name; the others stay.
    public var settings: [Cluster.Setting]
    public var document: Document?

    public init(
        cluster: ClusterReference, settings: [Cluster.Setting] = [], document: Document? = nil
    ) {
        self.cluster = cluster
        self.settings = settings
        self.document = document
    }
}
