public import Model

/// What an operator sets of the manager's decisions.
public struct ManagerSettings: Hashable, Sendable {
    public var account = "000000000000"
    /// The region of workers that name none.
    public var region = "us-east-1"
    public var heartbeat = HeartbeatSettings()
    /// How long a task without a health check must be RUNNING to count as healthy in a deployment
    /// (ECS has a fixed 40 s).
    public var healthyAfter: Duration = .seconds(2)
    public var quotas = Quotas()
    /// The longest time between two launches of a service whose tasks fail to start (ECS has 27
    /// minutes).
    public var launchDelayMaximum: Duration = .seconds(60)
    /// How long stopped tasks, and deleted services, instances and clusters, stay visible. ECS
    /// keeps stopped tasks for at least an hour.
    public var retention: Duration = .seconds(3_600)
    /// How long replacements wait when most of a cluster went silent at once.
    public var massSilenceHold: Duration = .seconds(60)
    /// Stopped tasks beyond this many are forgotten before their time, the oldest first.
    public var retainedTasksMaximum = 100_000
    /// How long a worker's certificate is good for; it is renewed when two thirds are over.
    public var workerCertificateLife: Duration = .seconds(86_400)
    /// Container instances of one cluster; as many as ECS's quota allows.
    public var instancesPerClusterMaximum = 5_000
    /// Assignments in one message, 1 to 8: with definitions of at most 64 KB it stays under the
    /// bounds of the wire, 4 MiB and 32 MiB once decoded.
    public var assignmentsPerUpdateMaximum = 8
    /// Whether ``Model/Command/reset`` is taken: for test suites alone.
    public var allowsReset = false
    /// Where managers listen for workers, told to each worker.
    public var managers: [String] = []

    public init() {}

    /// Clusters with fewer connected workers than this are never suspected of a mass silence.
    public static let massSilenceWorkersMinimum = 10
    /// Objects forgotten in one step.
    public static let removalsPerStepMaximum = 1_000
    /// Tasks one service starts in one step, so that no step grows without bound.
    public static let startsPerStepMaximum = 2_000
    /// A cause that goes on makes its service event again after this long, as in ECS.
    public static let eventRepeat: Duration = .seconds(6 * 3_600)
    /// Tasks of a deployment that find no place for so long count as failed.
    public static let placementPatience: Duration = .seconds(10)
    /// Tasks in a worker's inventory or report.
    public static let reportsPerMessageMaximum = 10_000
    public static let attributesPerInstanceMaximum = 200
    /// Attributes that users put on an instance.
    public static let customAttributesPerInstanceMaximum = 10
    /// Ports of each kind that a worker may keep for itself.
    public static let reservedPortsMaximum = 200
    public static let capacityProvidersMaximum = 1_000
    /// Account settings of all principals in all regions.
    public static let accountSettingsMaximum = 10_000
    /// Log groups of all regions that are kept, marks of deleted ones among them: the oldest of
    /// those makes room for a new one.
    public static let logGroupsMaximum = 10_000
    /// Workers that joined a cluster and are remembered: more than it may have instances, since a
    /// machine that joins anew leaves its past behind until that certificate ends.
    public static let workersPerClusterMaximum = 10_000
    /// Join tokens, those that have ended and are still shown among them.
    public static let joinTokensMaximum = 1_000
    /// Access keys, revoked ones among them: the oldest of those makes room for a new one.
    public static let accessKeysMaximum = 1_000
    public static let joinTokenLives: ClosedRange<Duration> = .seconds(1) ... .seconds(366 * 86_400)
    /// Ends in civil time are looked at this often, lest a jump of that clock delay them for long.
    public static let wallClockPeriod: Duration = .seconds(600)
    /// Bytes of a worker's name, its attributes' names and values, and the like.
    public static let nameLengthMaximum = 255
    /// Bytes of a reason that a worker gives (ECS shows 1024 characters).
    public static let reasonLengthMaximum = 1_024
    /// Network bindings of one container.
    public static let bindingsPerContainerMaximum = 200
}
