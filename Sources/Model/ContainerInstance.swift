/// A worker as the cluster sees it.
public struct ContainerInstance: Hashable, Sendable, Codable, Identifiable {
    public enum Status: String, Sendable, Codable {
        case active = "ACTIVE"
        case draining = "DRAINING"
        case inactive = "INACTIVE"
    }

    public let id: InstanceID
    public let cluster: ClusterID
    /// The worker's own name; shown as `ec2InstanceId`.
    public var name: String
    public var status: Status
    /// False from the moment the lease ran out, or the worker said goodbye.
    public var agentConnected: Bool
    /// Grows with each registration; a session belongs to one epoch.
    public var epoch: UInt64
    /// Ports here are those the worker keeps for itself.
    public var registered: Resources
    /// All it has: those of its worker, and ``customAttributes`` over them.
    public var attributes: [Attribute]
    /// Those that users put on it, kept over registrations; `nil` means none.
    public var customAttributes: [Attribute]?
    public var agentVersion: String
    /// Such as `process`.
    public var runtime: String
    /// Grows with each change that ECS would send an event for.
    public var version: Int
    public var registeredAt: WallTime
    /// The identity whose instance this is; `nil` for one that only ever registered without TLS.
    public var worker: WorkerID?
    public var tags: [Tag]
    /// Milliseconds that its worker was last told its lease has; `nil` where that is not known.
    public var lease: Int64?
    /// What RegisterContainerInstance said that no decision reads; a worker says none of it.
    public var document: Document?

    public init(
        id: InstanceID, cluster: ClusterID, name: String, status: Status = .active,
        agentConnected: Bool = true, epoch: UInt64 = 1, registered: Resources,
        attributes: [Attribute] = [], agentVersion: String = "", runtime: String = "process",
        version: Int = 1, registeredAt: WallTime, worker: WorkerID? = nil, tags: [Tag] = []
    ) {
        self.id = id
        self.cluster = cluster
        self.name = name
        self.status = status
        self.agentConnected = agentConnected
        self.epoch = epoch
        self.registered = registered
        self.attributes = attributes
        self.agentVersion = agentVersion
        self.runtime = runtime
        self.version = version
        self.registeredAt = registeredAt
        self.worker = worker
        self.tags = tags
    }

    /// Whether it is only known by RegisterContainerInstance: no worker ever registered as it.
    public var isDeclared: Bool { epoch == 0 }
}
