public import Model

/// Who was last heard from when, judged by the manager's own waking time (DESIGN contract 5).
///
/// Heartbeats renew leases here and never enter the core. The table counts time only while it is
/// advanced: a gap between two calls of ``advance(to:)`` counts as ``gapMaximum`` at most, so a
/// manager that was paused or starved holds nobody's silence against them.
public struct LeaseTable: Sendable {
    /// Advance at least this often.
    public static let period: Duration = .milliseconds(50)
    /// What a longer gap counts for.
    public static let gapMaximum: Duration = .milliseconds(250)
    /// What is left of a lease when its connection closes (DESIGN section 5).
    public static let afterDisconnect: Duration = .seconds(1)
    /// A gap of more than this share of a lease makes workers give up on the manager.
    static let standstillShare: Int64 = 2
    /// What a lease from before the manager's start has beyond its length: the longest pause
    /// between a worker's attempts (`WorkerCore`'s `Backoff`). After a long absence of the manager
    /// a good part of the workers would still be waiting when the length alone is over.
    public static let afterStart: Duration = .seconds(5)

    /// So many workers without a connection, or connections at the door, are a crowd: it may be the
    /// manager that those wait for who are not back.
    public static let crowd = 16

    private struct Entry {
        var session: SessionID?
        /// In waking time.
        var heardAt: Instant
        var deadline: Instant
        var connected: Bool
        /// Where its connection closed: when a whole lease from then is over.
        var latest: Instant?
        /// Whether the worker spoke in this session: it has the answer to its registration.
        var wasHeard = false

        /// Whether its worker may be on the way back.
        var isAway: Bool { !connected || !wasHeard }
    }

    private let settings: HeartbeatSettings
    private let leaseLength: Duration
    private var entries: [InstanceID: Entry] = [:]
    private var instances: [SessionID: InstanceID] = [:]
    private var advancedAt: Instant
    private var waking = Instant.zero
    /// When someone was last let in, or a crowd was at the door, in waking time.
    private var arrivedAt: Instant?
    private var isCrowded = false
    /// When, in waking time, the manager last stood still for a good part of a lease.
    private var stoodStillAt: Instant?
    /// When, in waking time, the manager last had no room for a registration.
    private var turnedAwayAt: Instant?

    public init(settings: HeartbeatSettings, now: Instant) {
        self.settings = settings
        leaseLength = .milliseconds(settings.lease)
        advancedAt = now
    }

    /// How many leases stand.
    public var count: Int { entries.count }

    /// Gives a whole new lease.
    public mutating func open(_ lease: Lease, at now: Instant) {
        close(instance: lease.instance)
        let heard = wakingTime(at: now)
        let margin: Duration = lease.session == nil ? Self.afterStart : .zero
        entries[lease.instance] = Entry(
            session: lease.session, heardAt: heard,
            deadline: heard + leaseLength + margin, connected: true)
        guard let session = lease.session else { return }
        instances[session] = lease.instance
        arrivedAt = heard
    }

    /// The session in which an instance's worker is connected, if it is.
    public func session(of instance: InstanceID) -> SessionID? {
        guard let entry = entries[instance], entry.connected else { return nil }
        return entry.session
    }

    /// The instance whose worker speaks in a session, while the session holds a lease.
    public func instance(of session: SessionID) -> InstanceID? { instances[session] }

    /// The worker spoke: a heartbeat came, or it opened its assignments.
    ///
    /// - Returns: False when the session holds no lease: the worker must register again.
    public mutating func renew(_ session: SessionID, at now: Instant) -> Bool {
        guard let instance = instances[session], let index = entries.index(forKey: instance) else {
            return false
        }
        let heard = wakingTime(at: now)
        entries.values[index] = Entry(
            session: session, heardAt: heard, deadline: heard + leaseLength, connected: true,
            wasHeard: true)
        return true
    }

    /// The session's connection closed: little is left of its lease, unless the manager itself may
    /// be the reason. A worker that was not answered closes the connection and comes back within
    /// its longest pause: it may have given up on a manager that stood still, or on the answer to
    /// its registration, which was long in the journal and reached nobody.
    public mutating func cut(_ session: SessionID, at now: Instant) {
        guard let instance = instances[session], var entry = entries[instance] else { return }
        let heard = wakingTime(at: now)
        if entry.wasHeard, !stoodStillLately(at: now) {
            entry.deadline = min(entry.deadline, heard + Self.afterDisconnect)
        } else {
            entry.deadline = max(entry.deadline, heard + leaseLength + Self.afterStart)
        }
        entry.connected = false
        entry.latest = heard + leaseLength
        entries[instance] = entry
    }

    /// The session was told to register again: until it has, it is on the way back.
    public mutating func sentBack(_ session: SessionID) {
        guard let instance = instances[session] else { return }
        entries[instance]?.wasHeard = false
    }

    /// The manager was at a bound of its own and refused a registration. Whoever is on the way back
    /// may be the one, and has a whole lease and its longest pause to try again.
    public mutating func turnedAway(at now: Instant) {
        turnedAwayAt = wakingTime(at: now)
    }

    /// Ends a lease, unless the instance has a newer session.
    public mutating func close(_ lease: Lease) {
        guard entries[lease.instance]?.session == lease.session else { return }
        close(instance: lease.instance)
    }

    /// Counts the time since the last call and takes out the leases that ran out.
    ///
    /// - Parameter arriving: connections that were accepted and are not made yet.
    public mutating func advance(to now: Instant, arriving: Int = 0) -> Silence? {
        waking = wakingTime(at: now)
        if isStandstill(until: now) { stoodStill() }
        advancedAt = max(now, advancedAt)
        if arriving >= Self.crowd { arrivedAt = waking }
        look()
        let turnedAway = turnedAwayAt.map { $0 + leaseLength + Self.afterStart } ?? waking
        var expired: [Lease] = []
        for (instance, entry) in entries where entry.deadline <= waking {
            if isCrowded, !entry.connected, waking < entry.latest ?? waking { continue }
            if entry.isAway, waking < turnedAway { continue }
            expired.append(Lease(instance: instance, session: entry.session))
        }
        guard !expired.isEmpty else { return nil }
        expired.sort { $0.instance < $1.instance }
        var silentFor: [InstanceID: Duration] = [:]
        for lease in expired {
            silentFor[lease.instance] = entries[lease.instance].map { waking - $0.heardAt }
            close(instance: lease.instance)
        }
        let overdue: Duration = .milliseconds(settings.period * 3 / 2)
        let late = entries.filter { !$0.value.connected || waking - $0.value.heardAt > overdue }
        return Silence(expired: expired, late: late.keys.sorted(), silentFor: silentFor)
    }

    /// Looks whether many connections closed and the manager is busy with who comes back. A
    /// handshake costs so much that it lets in about a thousand a second: who is not back within
    /// the second that a cut lease leaves may well stand in its queue, and that is no silence of
    /// theirs. Then a whole lease from the cut counts, for the last of the crowd as for the first.
    /// Where many are gone and nobody comes, they are judged as ever.
    private mutating func look() {
        guard let arrivedAt, waking - arrivedAt < Self.afterDisconnect else {
            isCrowded = false
            return
        }
        let away = entries.values.lazy.filter { !$0.connected }.prefix(Self.crowd).count
        isCrowded = away >= (isCrowded ? 1 : Self.crowd)
    }

    /// The manager did not run for a good part of a lease. Who was on the way back tried in vain
    /// meanwhile, and may have begun its longest pause just now.
    private mutating func stoodStill() {
        stoodStillAt = waking
        let back = waking + leaseLength + Self.afterStart
        for index in entries.values.indices {
            let entry = entries.values[index]
            guard entry.isAway else { continue }
            entries.values[index].deadline = max(entry.deadline, back)
        }
    }

    private mutating func close(instance: InstanceID) {
        guard let entry = entries.removeValue(forKey: instance) else { return }
        if let session = entry.session { instances[session] = nil }
    }

    /// Whether the time since the last call of ``advance(to:)`` is one in which the manager did not
    /// run.
    private func isStandstill(until now: Instant) -> Bool {
        (now - advancedAt).milliseconds
            > max(
                settings.lease / Self.standstillShare, Self.gapMaximum.milliseconds)
    }

    /// Whether it stood still within the last lease.
    private func stoodStillLately(at now: Instant) -> Bool {
        if isStandstill(until: now) { return true }
        guard let stoodStillAt else { return false }
        return wakingTime(at: now) - stoodStillAt <= leaseLength
    }

    private func wakingTime(at now: Instant) -> Instant {
        waking + min(max(now - advancedAt, .zero), Self.gapMaximum)
    }
}
