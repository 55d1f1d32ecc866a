public import ClusterState
public import Model

/// What must follow from a batch of events. The shell hands ``records`` to the journal and carries
/// out the rest only when they are durable.
public struct EffectBuffer: Sendable {
    /// For the journal, in order.
    public var records: [ChangeRecord] = []
    public var replies: [Reply] = []
    public var workerReplies: [WorkerReply] = []
    public var sends: [Send] = []
    public var leases: [LeaseChange] = []
    /// Workers whose certificates are good for nothing any more: every connection that one of them
    /// opened is to be closed.
    public var expulsions: [WorkerID] = []
    public var notices: [Notice] = []

    public init() {}

    public var isEmpty: Bool {
        records.isEmpty && replies.isEmpty && workerReplies.isEmpty && sends.isEmpty
            && leases.isEmpty && expulsions.isEmpty && notices.isEmpty
    }

    /// The answer to an API call.
    public struct Reply: Sendable {
        public var call: CallID
        public var result: Result<Outcome, APIError>
    }

    /// The answer to a worker's call.
    public struct WorkerReply: Sendable {
        public var call: CallID
        public var result: Result<Answer, WorkerRefusal>

        public enum Answer: Hashable, Sendable {
            case registered(Registered)
            /// The stream is open; what it carries comes as ``EffectBuffer/sends``.
            case opened
            case reported
            /// Sign a certificate and hand it over.
            case admitted(CertificateGrant)
        }
    }

    /// A message on a session's assignments stream.
    public struct Send: Hashable, Sendable {
        public var session: SessionID
        public var update: AssignmentUpdate
    }

    public enum LeaseChange: Hashable, Sendable {
        /// A whole new lease from now.
        case open(Lease)
        /// The session is over: forget its lease and close its stream.
        case close(Lease)
        /// The same, though the worker may be heard: once that is done, say so with
        /// ``Event/disconnected(_:)``.
        case sever(Lease)
    }
}

/// Something an operator may want to know: a constant text and what it is about.
public struct Notice: Hashable, Sendable {
    public enum Level: Hashable, Sendable {
        case debug, info, warning
        /// A warning of what a peer was refused, which it may try as often as it likes: logs leave
        /// some out.
        case refusal
    }

    public var level: Level
    /// Constant: no names, no numbers.
    public var message: String
    public var details: [Detail]

    public struct Detail: Hashable, Sendable {
        public var name: String
        public var value: String
    }
}
