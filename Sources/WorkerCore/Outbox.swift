import Model
import OrderedCollections

/// Reports that the manager has not yet acknowledged: the newest of each task, oldest first.
struct Outbox: Sendable {
    /// Names one version of a task's report, so that an acknowledgement can't clear a newer one.
    struct Receipt: Hashable, Sendable {
        var task: TaskID
        var version: UInt64
    }

    private struct Entry: Sendable {
        var report: TaskReport
        var version: UInt64
    }

    /// Reports kept; at the bound the oldest is dropped.
    let entriesMaximum: Int
    private var entries: OrderedDictionary<TaskID, Entry> = [:]
    private var lastVersion: UInt64 = 0
    /// Reports dropped at the bound so far.
    private(set) var dropped = 0

    init(entriesMaximum: Int) {
        self.entriesMaximum = entriesMaximum
    }

    var isEmpty: Bool { entries.isEmpty }

    var reports: [TaskReport] { entries.values.map(\.report) }

    /// Names everything that waits now.
    var receipts: [Receipt] {
        entries.map { Receipt(task: $0.key, version: $0.value.version) }
    }

    mutating func put(_ report: TaskReport) {
        if entries[report.task] == nil, entries.count >= entriesMaximum {
            entries.removeFirst()
            dropped += 1
        }
        lastVersion += 1
        entries[report.task] = Entry(report: report, version: lastVersion)
    }

    mutating func remove(_ task: TaskID) {
        entries.removeValue(forKey: task)
    }

    /// The oldest reports, at most `maximum`.
    func batch(_ maximum: Int) -> (reports: [TaskReport], receipts: [Receipt]) {
        let batch = entries.elements.prefix(maximum)
        return (
            batch.map(\.value.report),
            batch.map { Receipt(task: $0.key, version: $0.value.version) }
        )
    }

    /// The manager has these versions; newer ones go on waiting.
    mutating func acknowledge(_ receipts: [Receipt]) {
        for receipt in receipts where entries[receipt.task]?.version == receipt.version {
            entries.removeValue(forKey: receipt.task)
        }
    }
}
