import ClusterState
import ManagerCore
import Model

/// When each session was last heard from, by the time in which the manager could hear.
struct SilenceWatch {
    private struct Entry {
        var session: SessionID?
        var heardAt: Int64
        var cutAt: Int64?
    }

    private var entries: [InstanceID: Entry] = [:]
    private var instances: [SessionID: InstanceID] = [:]
    /// Time that the manager did not run, beyond what it can't know of.
    private var lost: Int64 = 0
    private var pausedAt: Int64?

    mutating func paused(at time: Int64) { pausedAt = time }

    mutating func resumed(at time: Int64) {
        guard let pausedAt else { return }
        let unnoticed = LeaseTable.gapMaximum.milliseconds
        lost += max(0, time - pausedAt - unnoticed)
        self.pausedAt = nil
    }

    mutating func managerStarted() {
        entries = [:]
        instances = [:]
        lost = 0
        pausedAt = nil
    }

    mutating func opened(_ lease: Lease, at time: Int64) {
        if let old = entries[lease.instance]?.session { instances[old] = nil }
        entries[lease.instance] = Entry(session: lease.session, heardAt: time - lost)
        if let session = lease.session { instances[session] = lease.instance }
    }

    mutating func heard(_ session: SessionID, at time: Int64) {
        guard let instance = instances[session] else { return }
        entries[instance]?.heardAt = time - lost
    }

    mutating func cut(_ session: SessionID, at time: Int64) {
        guard let instance = instances[session] else { return }
        entries[instance]?.cutAt = time - lost
    }

    /// How long the manager heard nothing though it could, and since the connection's end.
    func silence(of instance: InstanceID, at time: Int64) -> (whole: Int64, cut: Int64?)? {
        entries[instance].map { (time - lost - $0.heardAt, $0.cutAt.map { time - lost - $0 }) }
    }
}

/// Silence is judged by the manager's own waking time.
extension Checker {
    func managerStarted(at time: Int64) { silence.managerStarted() }

    func managerPaused(at time: Int64) { silence.paused(at: time) }

    func managerResumed(at time: Int64) { silence.resumed(at: time) }

    func leaseOpened(_ lease: Lease, at time: Int64) { silence.opened(lease, at: time) }

    func leaseCut(_ session: SessionID, at time: Int64) { silence.cut(session, at: time) }

    func heard(_ session: SessionID, at time: Int64) { silence.heard(session, at: time) }

    /// The core has decided these records; they are not durable yet.
    func decided(_ records: [ChangeRecord], at time: Int64) {
        for record in records where record.cause == "lease expired" {
            guard case .instance(let instance) = record.change, !instance.agentConnected else {
                continue
            }
            expect(
                !rules.sheltered.contains(instance.name), "a sound worker is never declared lost",
                "worker \(instance.name) at \(time)")
            guard let (whole, cut) = silence.silence(of: instance.id, at: time) else {
                fail("who is lost had a lease", "worker \(instance.name)")
                return
            }
            // Clocks drift a little against whoever watches.
            let lease = rules.settings.heartbeat.lease * 99 / 100 - 2
            let afterCut = LeaseTable.afterDisconnect.milliseconds * 99 / 100 - 2
            expect(
                whole >= lease || cut.map { $0 >= afterCut } ?? false,
                "nobody is lost before its lease is over",
                "worker \(instance.name): silent for \(whole) ms of the manager's waking time"
                    + (cut.map { ", cut \($0) ms ago" } ?? ""))
        }
    }
}
