public import Model

/// Names one waiting caller; the shell knows who it is.
public struct CallID: Hashable, Sendable {
    public var number: UInt64

    public init(number: UInt64) {
        self.number = number
    }
}

/// What the manager's core is told.
public enum Event: Sendable {
    /// An API call that changes the state.
    case command(CallID, Command)
    case register(CallID, Registration)
    /// A worker opened its assignments stream and waits for the complete set.
    case openAssignments(CallID, SessionID)
    case report(CallID, SessionID, [TaskReport])
    /// The connection that carries a session went away. Its lease is the shell's to cut.
    case disconnected(SessionID)
    /// Leases ran out.
    case silence(Silence)
    /// Time went by; sent when ``ManagerCore/nextWake`` has come.
    case tick
}

/// Leases that ran out at one moment, and who else had not been heard from by then.
public struct Silence: Hashable, Sendable {
    /// By instance id.
    public var expired: [Lease]
    /// Instances whose lease stands but who missed a heartbeat or lost their connection.
    public var late: [InstanceID]

    public init(expired: [Lease], late: [InstanceID]) {
        self.expired = expired
        self.late = late
    }
}

/// Whose lease it is. Without a session it is that of an instance known from before the manager's
/// start that has not come back yet.
public struct Lease: Hashable, Sendable {
    public var instance: InstanceID
    public var session: SessionID?

    public init(instance: InstanceID, session: SessionID?) {
        self.instance = instance
        self.session = session
    }
}
