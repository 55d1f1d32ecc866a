import ClusterState
import HashTreeCollections
import Model

/// What is durable, and what was said of it.
struct Durability {
    private(set) var revision: UInt64 = 0
    /// The ends of batches that the core decided and that may become durable.
    private var ends: Set<UInt64> = [0]
    private var released: UInt64 = 0

    mutating func durable(_ revision: UInt64) {
        self.revision = max(self.revision, revision)
    }

    mutating func decided(_ revision: UInt64) { ends.insert(revision) }

    func isEnd(_ revision: UInt64) -> Bool { ends.contains(revision) }

    /// The history goes on from here; what was decided beyond is undone.
    mutating func recovered(_ revision: UInt64) {
        ends = [revision]
        released = min(released, revision)
    }

    mutating func release(_ revision: UInt64) -> Bool {
        defer { released = revision }
        return revision >= released
    }
}

/// Acknowledged means durable.
extension Checker {
    /// The core decided a batch that ends with this revision.
    func decided(revision: UInt64) {
        durability.decided(revision)
    }

    /// The effects of a batch that ends with this revision are about to leave.
    func released(revision: UInt64, at time: Int64) {
        now = time
        expect(
            revision <= durability.revision, "acknowledged means durable",
            "effects of revision \(revision) left when \(durability.revision) was durable")
        expect(
            durability.release(revision), "readers never see the state go back",
            "revision \(revision)")
    }

    /// A new process of the manager begins with this revision.
    func recovered(at revision: UInt64, _ time: Int64) {
        now = time
        expect(
            revision == durability.revision, "a restart finds what was durable, and no more",
            "revision \(revision), and \(durability.revision) was durable")
        expect(
            durability.isEnd(revision), "a restart finds whole batches",
            "revision \(revision) is within one")
        durability.recovered(revision)
        sessions.managerStarted()
    }

    /// A session's reports were acknowledged.
    func reported(_ session: SessionID, _ reports: [TaskReport], at time: Int64) {
        now = time
        guard let instance = sessions.instance(of: session) else {
            return fail("a worker is believed in its current session only", "session \(session)")
        }
        for report in reports {
            guard let task = state.tasks[report.task], task.instance == instance else { continue }
            expect(
                task.lastStatus >= report.status, "an acknowledged report is durable",
                "task \(task.id) is \(task.lastStatus.name), reported \(report.status.name)")
        }
    }
}
