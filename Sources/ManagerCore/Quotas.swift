/// How many of each kind there may be, where ECS has a quota of its own.
public struct Quotas: Hashable, Sendable {
    public var clusters = 10_000
    public var servicesPerCluster = 5_000
    public var tasksPerService = 5_000
    public var taskSetsPerService = 5
    public var capacityProvidersPerCluster = 20
    /// Placement constraints of a request and its task definition together.
    public var constraintsPerTask = 10
    /// Of RunTask and StartTask.
    public var tasksPerRequest = 10
    /// Tasks that a service starts within a minute; `nil` for as many as it wants.
    public var launchesPerMinute: Int?
    /// `nil` for as many as fit the disk.
    public var revisionsPerFamily: Int?

    public init() {}

    /// Those of the ECS Developer Guide, "Amazon ECS service quotas". Muster's own are as wide,
    /// unless said otherwise.
    public static var aws: Quotas {
        var quotas = Quotas()
        quotas.launchesPerMinute = 500
        quotas.revisionsPerFamily = 1_000_000
        return quotas
    }
}

extension ManagerSettings {
    /// Takes over ECS's own quotas and times, where Muster's are wider or shorter.
    public mutating func makeStrict() {
        quotas = .aws
        healthyAfter = .seconds(40)
        launchDelayMaximum = .seconds(27 * 60)
    }
}
