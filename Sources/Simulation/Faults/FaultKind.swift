/// What can be made to go wrong. Each kind has a stream of randomness of its own, so that turning
/// one off leaves all others as they were: shrinking a failure depends on it.
public enum FaultKind: Int, CaseIterable, Hashable, Sendable {
    // The network.
    /// Packets are lost: messages come late, and calls over a proxy never.
    case loss
    /// Delays vary widely.
    case delay
    /// A proxy on the way sends calls twice.
    case duplication
    /// Calls overtake each other, as over a proxy that spreads them.
    case reordering
    /// A link passes everything, but seconds late.
    case clog
    /// One direction of a link passes nothing.
    case oneWay
    /// A group of hosts is cut off.
    case partition
    /// Connections break.
    case reset

    // The manager.
    case managerCrash
    /// The manager's process stands still for a time.
    case managerPause
    /// It stands still for short times, again and again.
    case starvation
    /// A crash leaves half a batch in the journal.
    case tornTail
    case slowDisk
    case fullDisk

    // Hosts of workers.
    /// The agent is killed; containers go on.
    case agentCrash
    /// The host stops at once, containers and all, and boots again.
    case powerLoss
    case hostPause
    /// Civil time jumps.
    case wallJump
    /// Monotonic clocks run fast or slow.
    case drift

    // Containers.
    case startFailure
    /// A container ends soon after its start.
    case earlyExit
    /// A container's end overtakes the answer to its start.
    case exitRace
    case stopHang
    case outOfMemory
    case pullFailure

    // Clients of the API.
    /// Clients lose answers and send the same request again.
    case clientRetry
    /// Several clients change the same service at once, and again before it has settled.
    case clientRace
    /// Operators drain, deregister and decide on mass silences.
    case operators

    // Later kinds come last: numbers choose streams of randomness.
    /// Agents hold only a few tasks, and refuse more.
    case taskLimit
    /// A proxy ends what goes on for long: all streams at once, while the connections stay.
    case streamEnd
    /// Containers' health checks fail or hang for a while, and those of some revisions always.
    case healthFlap
}

extension FaultKind: CustomStringConvertible {
    /// As it is given on a command line.
    public var description: String {
        switch self {
        case .loss: "loss"
        case .delay: "delay"
        case .duplication: "duplication"
        case .reordering: "reordering"
        case .clog: "clog"
        case .oneWay: "one-way"
        case .partition: "partition"
        case .reset: "reset"
        case .managerCrash: "manager-crash"
        case .managerPause: "manager-pause"
        case .starvation: "starvation"
        case .tornTail: "torn-tail"
        case .slowDisk: "slow-disk"
        case .fullDisk: "full-disk"
        case .agentCrash: "agent-crash"
        case .powerLoss: "power-loss"
        case .hostPause: "host-pause"
        case .wallJump: "wall-jump"
        case .drift: "drift"
        case .startFailure: "start-failure"
        case .earlyExit: "early-exit"
        case .exitRace: "exit-race"
        case .stopHang: "stop-hang"
        case .outOfMemory: "out-of-memory"
        case .pullFailure: "pull-failure"
        case .clientRetry: "client-retry"
        case .clientRace: "client-race"
        case .operators: "operators"
        case .taskLimit: "task-limit"
        case .streamEnd: "stream-end"
        case .healthFlap: "health-flap"
        }
    }

    public init?(_ name: String) {
        guard let kind = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = kind
    }
}

/// Kinds of faults, in the order of their list.
public struct FaultSet: Hashable, Sendable {
    private var bits: UInt64 = 0

    public init(_ kinds: some Sequence<FaultKind> = []) {
        for kind in kinds { insert(kind) }
    }

    public static var all: FaultSet { FaultSet(FaultKind.allCases) }

    public func contains(_ kind: FaultKind) -> Bool { bits & 1 << UInt64(kind.rawValue) != 0 }

    public mutating func insert(_ kind: FaultKind) { bits |= 1 << UInt64(kind.rawValue) }

    public mutating func remove(_ kind: FaultKind) { bits &= ~(1 << UInt64(kind.rawValue)) }

    public var kinds: [FaultKind] { FaultKind.allCases.filter(contains) }
}
