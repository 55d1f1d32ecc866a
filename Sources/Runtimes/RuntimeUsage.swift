/// What a running container has used since it was started.
public struct RuntimeUsage: Hashable, Sendable {
    /// Bytes that went over the network of its task's own.
    public struct Network: Hashable, Sendable {
        public var received: UInt64
        public var sent: UInt64

        public init(received: UInt64, sent: UInt64) {
            self.received = received
            self.sent = sent
        }
    }

    public var container: ContainerKey
    /// Nanoseconds of CPU time.
    public var cpuTime: UInt64
    /// Bytes now, without what the kernel only caches.
    public var memory: UInt64
    /// Bytes; `nil` where there is no limit, or none is known.
    public var memoryLimit: UInt64?
    /// `nil` where the network is the host's.
    public var network: Network?
    /// How many processes there are; `nil` where the runtime can't tell.
    public var processes: Int?

    public init(
        container: ContainerKey, cpuTime: UInt64, memory: UInt64, memoryLimit: UInt64? = nil,
        network: Network? = nil, processes: Int? = nil
    ) {
        self.container = container
        self.cpuTime = cpuTime
        self.memory = memory
        self.memoryLimit = memoryLimit
        self.network = network
        self.processes = processes
    }
}
