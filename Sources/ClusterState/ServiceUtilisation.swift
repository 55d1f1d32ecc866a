public import Model

/// What the running tasks of a service use now, as ECS's metrics CPUUtilization and
/// MemoryUtilization have it: all that they use as a per cent of all that their definitions
/// reserve. Whoever scales by it asks once a period.
public struct ServiceUtilisation: Hashable, Sendable {
    /// Per cent; more than 100 where tasks use more than they reserve, `nil` where they reserve
    /// nothing.
    public var cpu: Double?
    public var memory: Double?
    /// The tasks of which something is known.
    public var tasks: Int

    public init(cpu: Double?, memory: Double?, tasks: Int) {
        self.cpu = cpu
        self.memory = memory
        self.tasks = tasks
    }
}

extension ClusterState {
    /// `nil` when nothing is known of any of the service's tasks.
    public func utilisation(
        of service: ServiceID, by reading: UsageReading
    ) -> ServiceUtilisation? {
        var used = (cpu: 0.0, memory: 0.0)
        var reserved = (cpu: 0, memory: 0)
        var count = 0
        for task in tasks(of: service) {
            let usages = reading.usage(of: task)
            guard !usages.isEmpty else { continue }
            count += 1
            let demand = task.reserved
            reserved.cpu += demand.cpu
            reserved.memory += demand.memory
            used.cpu += usages.reduce(0) { $0 + $1.cpuUnits }
            used.memory += usages.reduce(0) { $0 + Double($1.memory) / 1_048_576 }
        }
        guard count > 0 else { return nil }
        return ServiceUtilisation(
            cpu: reserved.cpu > 0 ? used.cpu * 100 / Double(reserved.cpu) : nil,
            memory: reserved.memory > 0 ? used.memory * 100 / Double(reserved.memory) : nil,
            tasks: count)
    }
}
