/// Something that goes wrong on purpose in a running cluster, and is undone after its time.
public struct Fault: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// The agent and all containers die at once; undone, the host boots again.
        case killHost = "kill-host"
        /// The agent alone dies; undone, it starts again.
        case killAgent = "kill-agent"
        /// The agent and its containers stand still; undone, they go on.
        case freeze
        /// The agent gets a tenth of a processor at most.
        case slowCPU = "slow-cpu"
        /// The link to the manager passes nothing, one way or both.
        case partition
        /// What the link to the manager passes is late.
        case delay
        /// The connection to the manager breaks every two seconds.
        case drop
        /// One container of the worker dies.
        case crashContainer = "crash-container"
        case killManager = "kill-manager"
        case freezeManager = "freeze-manager"

        /// Whether it is the manager's, and not a worker's.
        public var isOfManager: Bool { self == .killManager || self == .freezeManager }

        /// Whether it passes at once, so that there is nothing to undo.
        public var isMoment: Bool { self == .crashContainer }
    }

    /// Which way a partition passes nothing.
    public enum Direction: String, CaseIterable, Hashable, Sendable {
        case both
        case toManager = "to-manager"
        case fromManager = "from-manager"
    }

    public var kind: Kind
    /// The worker's name, or `manager`.
    public var target: String
    /// Milliseconds until it is undone.
    public var duration: Int64
    /// Of a partition.
    public var direction = Direction.both
    /// Milliseconds by which a delayed link is late.
    public var by: Int64 = 0

    public static let manager = "manager"

    public init(_ kind: Kind, _ target: String, for duration: Int64) {
        self.kind = kind
        self.target = target
        self.duration = duration
    }
}

extension Fault: CustomStringConvertible {
    public var description: String {
        var text = kind.isOfManager ? kind.rawValue : "\(kind.rawValue) \(target)"
        if kind == .partition, direction != .both { text += " \(direction.rawValue)" }
        if kind == .delay { text += " by \(by)ms" }
        return text
    }
}
