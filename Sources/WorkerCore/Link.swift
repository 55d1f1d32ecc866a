import Model

/// Where a worker stands with its manager.
enum Link: Sendable {
    /// Before the start, and after the end. Next: connecting.
    case none
    /// Between attempts. Next: connecting, or joining.
    case waiting(until: Instant)
    /// Getting a certificate. Next: connecting, or waiting.
    case joining(LinkID, deadline: Instant)
    /// Next: registering, or waiting.
    case connecting(LinkID, deadline: Instant)
    /// Next: saving, registered, holding, or waiting.
    case registering(LinkID, Registering)
    /// The manager is at a bound, or ended a session that had hardly begun; the connection stays.
    /// Next: registering, or waiting.
    case holding(LinkID, Holding)
    /// A new identity goes to disk before it is used. Next: registered, or waiting.
    case saving(LinkID, Registered)
    /// Next: registering when the session is stale, or waiting.
    case registered(Session)

    var id: LinkID? {
        switch self {
        case .none, .waiting: nil
        case .joining(let id, _), .connecting(let id, _), .registering(let id, _),
            .holding(let id, _),
            .saving(let id, _):
            id
        case .registered(let session): session.link
        }
    }
}

struct Registering: Sendable {
    var call: CallID
    var sentAt: Instant
    /// What the inventory carries and the answer acknowledges.
    var receipts: [Outbox.Receipt]
    var deadline: Instant
    /// How often the manager turned the worker away on this connection.
    var refusals: Int
}

struct Holding: Sendable {
    var until: Instant
    var refusals: Int
}

/// What belongs to one registration; gone with it.
struct Session: Sendable {
    struct Beat: Sendable {
        var call: CallID
        var sentAt: Instant
        /// When its answer is overdue.
        var deadline: Instant
    }

    struct Reporting: Sendable {
        var call: CallID
        var receipts: [Outbox.Receipt]
        var deadline: Instant
    }

    let link: LinkID
    let id: SessionID
    var settings: HeartbeatSettings
    var sequence: UInt64 = 0
    var nextHeartbeat: Instant
    /// The heartbeat in flight.
    var heartbeat: Beat?
    var heartbeatsAnswered = 0
    /// When to go to another manager, and to which.
    var leaving: (at: Instant, manager: String)?
    var assignments = AssignmentStream()
    var reporting: Reporting?
    /// The request for the next certificate and when its answer is overdue.
    var renewal: (call: CallID, deadline: Instant)?
    /// The certificate is not renewed before.
    var renewalHeldUntil: Instant?
    /// How many measurements of the containers were told of.
    var measurements: UInt64 = 0
    /// Whether the last one named any container.
    var toldUsage = false
    /// What was last told of the worker's health, and when.
    var toldHealth: (faults: Examination.Faults, at: Instant)?
    /// No report goes out before.
    var reportsHeldUntil: Instant?

    init(link: LinkID, registered: Registered, nextHeartbeat: Instant) {
        self.link = link
        id = registered.session
        settings = registered.heartbeat
        self.nextHeartbeat = nextHeartbeat
    }

    /// Whether it stood for a period: only then is its end news rather than a pattern.
    var isProven: Bool { heartbeatsAnswered >= 2 }
}

/// How far the worker has come with the manager's list.
struct AssignmentStream: Sendable {
    /// The open stream.
    var call: CallID?
    var openedAt = Instant.zero
    /// When to open it anew.
    var reopenAt: Instant?
    /// When the complete set, or its next part, is overdue.
    var due: Instant?
    /// The newest revision taken over from this stream; `nil` before its complete set.
    var revision: UInt64?
    /// The newest revision taken over in this session.
    var acknowledged: UInt64 = 0
    /// A complete set that is still coming.
    var parts: (revision: UInt64, assignments: [Assignment])?

    mutating func close(reopenAt instant: Instant) {
        call = nil
        revision = nil
        parts = nil
        due = nil
        reopenAt = instant
    }
}
