public import ClusterState
public import ManagerCore
public import Model

/// Everything that a seed decides before its run: the cluster, its limits, its faults and what
/// clients do with it. Each part can be changed before the run: so a failure is shrunk, and so a
/// user's own services are simulated.
public struct Plan: Sendable {
    /// How messages travel.
    public enum Transport: String, Sendable {
        /// Over one connection a worker: in order, late when packets are lost, gone with it.
        case connections
        /// Each call by itself, as over a proxy: calls overtake each other and can get lost.
        case calls
    }

    /// What a worker's host has.
    public struct Host: Sendable {
        public var cpu: Int
        public var memory: Int
        public var zone: String
        /// Whether its runtime can end tasks with `muster:on-lost=stop`.
        public var endsTasksAlone = true
        /// The group of workers that it is of.
        public var group: String?
    }

    public let seed: UInt64
    public var hosts: [Host]
    public var faults: FaultSet
    /// Milliseconds in which faults occur, and then at most until all must have come to rest.
    public var faultTime: Int64
    public var restTime: Int64
    public var transport: Transport
    /// Whether each message is encoded and decoded on its way.
    public var usesWire: Bool

    public var settings: ManagerSettings
    public var inboxMaximum: Int
    public var eventsPerBatchMaximum: Int
    public var unsettledBatchesMaximum: Int
    /// Messages of a stream that wait for one worker to read them.
    public var streamMaximum: Int
    public var tasksPerWorkerMaximum: Int
    public var reportBatchMaximum: Int

    public var definitions: [RegisterTaskDefinition]
    public var services: [CreateService]
    /// `nil` for a cluster without capacity providers.
    public var providers: Providers?
    public var clients: Int
    /// Whether clients change things at random, or leave the services as they are.
    public var isBusy = true

    /// What one client asks for beside that, at the first moment that it is free from then on.
    public var changes: [PlannedChange] = []

    /// Mean milliseconds between two occurrences of each kind of fault, before chance.
    var intensity: [Int64]

    /// Whether every fourth host is sheltered: a user's own cluster has no such hosts.
    public var shelters = true

    /// Hosts that no fault touches but pauses that are shorter than the lease: whatever happens to
    /// all else, none of them may ever be declared lost.
    func isSheltered(_ worker: Int) -> Bool { shelters && worker % 4 == 3 }

    public static let region = "us-east-1"
    public static let cluster = ClusterReference(region: region)

    /// - Parameters:
    ///   - workers: How many; drawn from 3 to 50 when `nil`.
    ///   - minutes: Virtual minutes in all.
    public init(seed: UInt64, workers: Int? = nil, minutes: Int64 = 30) {
        self.seed = seed
        var chance = Chance(seed: seed, concern: "plan")
        restTime = 300_000
        faultTime = max(minutes * 60_000 - restTime, 60_000)
        let drawn = chance.happens(500) ? chance.number(3...8) : chance.number(9...50)
        let count = workers ?? drawn
        var sizes = Chance(seed: seed, concern: "hosts")
        let roomy = sizes.happens(600)
        hosts = (0..<count).map { index in
            Host(
                cpu: 256 * sizes.number(roomy ? 4...8 : 1...4),
                memory: 256 * sizes.number(roomy ? 4...8 : 1...4), zone: "z\(index % 3)")
        }
        var abilities = Chance(seed: seed, concern: "abilities")
        if abilities.happens(250) {
            for index in hosts.indices { hosts[index].endsTasksAlone = abilities.happens(700) }
        }
        transport = chance.happens(700) ? .connections : .calls
        usesWire = chance.happens(250)
        settings = Self.drawSettings(seed)
        inboxMaximum = chance.number(6...100)
        eventsPerBatchMaximum = chance.number(1...40)
        unsettledBatchesMaximum = chance.number(1...8)
        streamMaximum = chance.number(2...10)
        tasksPerWorkerMaximum = chance.number(40...100)
        reportBatchMaximum = chance.number(1...16)
        clients = chance.number(1...4)
        faults = Self.drawFaults(seed)
        intensity = Self.drawIntensity(seed)
        var workload = Workload.draw(seed: seed, hosts: count)
        workload.addDeployments(seed: seed)
        workload.addRestarts(seed: seed)
        workload.addTaskSets(seed: seed, hosts: count)
        workload.addHealthChecks(seed: seed)
        definitions = workload.definitions
        services = workload.services
        addProviders()
    }

    private static func drawSettings(_ seed: UInt64) -> ManagerSettings {
        var chance = Chance(seed: seed, concern: "settings")
        var settings = ManagerSettings()
        let periods: [Int64] = [500, 1_000, 1_000, 2_000]
        let multiples: [Int64] = [3, 3, 3, 4, 6]
        let period = chance.pick(periods) ?? 1_000
        settings.heartbeat = HeartbeatSettings(
            period: period, lease: period * (chance.pick(multiples) ?? 3))
        settings.healthyAfter = .milliseconds(chance.within(500...4_000))
        settings.retention = .seconds(chance.pick([30, 120, 600, 3_600]) ?? 600)
        settings.massSilenceHold = .seconds(chance.pick([5, 20, 60]) ?? 20)
        settings.retainedTasksMaximum = chance.happens(300) ? chance.number(10...60) : 100_000
        var messages = Chance(seed: seed, concern: "messages")
        settings.assignmentsPerUpdateMaximum = messages.number(1...8)
        return settings
    }

    /// Each seed has a mix of its own: some kinds are left out, or the worst of them would hide
    /// what the others do.
    private static func drawFaults(_ seed: UInt64) -> FaultSet {
        FaultSet(
            FaultKind.allCases.filter { kind in
                var chance = Chance(seed: seed, concern: "mix", number: kind.rawValue)
                return chance.happens(550)
            })
    }

    private static func drawIntensity(_ seed: UInt64) -> [Int64] {
        FaultKind.allCases.indices.map { index in
            var chance = Chance(seed: seed, concern: "intensity", number: index)
            return chance.pick([15_000, 40_000, 90_000, 240_000]) ?? 90_000
        }
    }

    /// The plan in a line.
    public var summary: String {
        let names = faults.kinds.map(\.description).joined(separator: ", ")
        return "\(hosts.count) workers, \(clients) clients, \(services.count) services, over "
            + "\(transport.rawValue)\(usesWire ? ", encoded" : ""), faults: \(names)"
    }

    func has(_ kind: FaultKind) -> Bool { faults.contains(kind) }
}

/// A request of a client that is planned rather than drawn.
public struct PlannedChange: Sendable {
    public var at: Int64
    /// What is asked for, given the state that a reader sees; `nil` for nothing.
    public var command: @Sendable (ClusterState) -> Command?

    public init(at: Int64, command: @escaping @Sendable (ClusterState) -> Command?) {
        self.at = at
        self.command = command
    }
}
