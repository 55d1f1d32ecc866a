/// What one container used between two measurements.
public struct ContainerUsage: Hashable, Sendable {
    public var task: TaskID
    /// The container's name.
    public var container: String
    /// Microseconds of CPU time a second: 1,000,000 is one core.
    public var cpu: UInt32
    /// Bytes, without what the kernel only caches.
    public var memory: UInt64
    /// Bytes; 0 where there is no limit.
    public var memoryLimit: UInt64
    /// Bytes a second, of a task with a network of its own; 0 of others.
    public var received: UInt64
    public var sent: UInt64
    /// 0 where the runtime does not tell.
    public var processes: UInt32

    public init(
        task: TaskID, container: String, cpu: UInt32 = 0, memory: UInt64 = 0,
        memoryLimit: UInt64 = 0, received: UInt64 = 0, sent: UInt64 = 0, processes: UInt32 = 0
    ) {
        self.task = task
        self.container = container
        self.cpu = cpu
        self.memory = memory
        self.memoryLimit = memoryLimit
        self.received = received
        self.sent = sent
        self.processes = processes
    }

    /// In ECS's units: 1,024 a core.
    public var cpuUnits: Double { Double(cpu) * 1_024 / 1_000_000 }
}

/// A part of one measurement of all running containers of a worker, or how the worker is.
public struct UsageReport: Hashable, Sendable {
    public var session: SessionID
    /// Grows with each measurement of a session, from 1; parts of one have the same. A higher one
    /// replaces all that was told before.
    public var number: UInt64
    /// At most ``containersMaximum``.
    public var containers: [ContainerUsage]
    /// `nil` where there is nothing new.
    public var health: InstanceHealth?

    public static let containersMaximum = 1_000

    public init(
        session: SessionID, number: UInt64, containers: [ContainerUsage],
        health: InstanceHealth? = nil
    ) {
        self.session = session
        self.number = number
        self.containers = containers
        self.health = health
    }
}
