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
    case register(CallID, Registration, from: Peer = .unproven)
    /// A worker showed a token and a signed request for a certificate.
    case join(CallID, JoinAttempt)
    /// A worker asks for its next certificate on a connection that its present one opened.
    case renew(CallID, Renewal)
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

/// A worker's wish to join. The shell has checked that who sends it has the private key.
public struct JoinAttempt: Hashable, Sendable {
    public var token: JoinTokenID
    public var secret: Fingerprint
    public var name: String
    public var cluster: String
    /// Empty means the token's.
    public var region: String
    /// Of the public key that the certificate is for.
    public var key: Fingerprint

    public init(
        token: JoinTokenID, secret: Fingerprint, name: String, cluster: String, region: String = "",
        key: Fingerprint
    ) {
        self.token = token
        self.secret = secret
        self.name = name
        self.cluster = cluster
        self.region = region
        self.key = key
    }
}

/// A worker's wish for its next certificate. The shell has checked that who sends it has the
/// private key.
public struct Renewal: Hashable, Sendable {
    public var peer: Peer
    public var key: Fingerprint
    /// The session that was registered on the same connection, if there was one.
    public var session: SessionID?

    public init(peer: Peer, key: Fingerprint, session: SessionID?) {
        self.peer = peer
        self.key = key
        self.session = session
    }
}

/// Leases that ran out at one moment, and who else had not been heard from by then.
public struct Silence: Hashable, Sendable {
    /// By instance id.
    public var expired: [Lease]
    /// Instances whose lease stands but who missed a heartbeat or lost their connection.
    public var late: [InstanceID]
    /// For how long nothing was heard of those whose lease ran out; where it is not said, it was
    /// until now.
    public var silentFor: [InstanceID: Duration]

    public init(
        expired: [Lease], late: [InstanceID], silentFor: [InstanceID: Duration] = [:]
    ) {
        self.expired = expired
        self.late = late
        self.silentFor = silentFor
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
