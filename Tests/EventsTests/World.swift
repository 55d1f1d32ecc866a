import ClusterState
import ECSAPI
import Events
import Foundation
import Logging
import Model
import Synchronization

/// A manager that makes the changes that a test says, and keeps them.
final class World: EventSource, Past {
    private let state = Mutex(Kept())

    private struct Kept {
        var now = ClusterState()
        var records: [ChangeRecord] = []
        var listener: (@Sendable ([ChangeRecord]) -> Void)?
        /// Records up to it are not kept any more.
        var base: UInt64 = 0
    }

    static let cluster = Cluster(
        id: ClusterID(high: 1, low: 1), region: "us-east-1", name: "default",
        createdAt: WallTime(milliseconds: 0))

    init() { change([.cluster(World.cluster)]) }

    func snapshot() -> ClusterState { state.withLock { $0.now } }

    func listen(_ listener: (@Sendable ([ChangeRecord]) -> Void)?) {
        state.withLock { $0.listener = listener }
    }

    var isHeard: Bool { state.withLock { $0.listener != nil } }

    /// Each at a time of its own: that of its revision, in milliseconds.
    func change(_ changes: [Change], isTold: Bool = true) {
        let (records, listener) = state.withLock { state in
            let records = changes.enumerated().map { index, change in
                let revision = state.now.revision + UInt64(index) + 1
                return ChangeRecord(
                    revision: revision, time: WallTime(milliseconds: Int64(revision)),
                    cause: "test", change: change)
            }
            for record in records { state.now.apply(record) }
            state.records += records
            return (records, state.listener)
        }
        if isTold { listener?(records) }
    }

    /// Makes tasks, an event each.
    func run(_ numbers: ClosedRange<UInt64>, isTold: Bool = true) {
        change(numbers.map { .task(Self.task($0)) }, isTold: isTold)
    }

    static func task(_ number: UInt64) -> ECSTask {
        ECSTask(
            id: TaskID(high: 4, low: number), instance: InstanceID(high: 2, low: 1),
            origin: Shared(
                TaskOrigin(
                    cluster: cluster.id,
                    definition: TaskDefinitionKey(region: "us-east-1", family: "f", revision: 1),
                    group: "g", reserved: Resources())),
            containers: [], createdAt: WallTime(milliseconds: 0))
    }

    func forget(upTo revision: UInt64) { state.withLock { $0.base = revision } }

    // MARK: Past

    func records(_ query: RecordQuery) throws(PastError) -> RecordPage {
        let (kept, base) = state.withLock { ($0.records, $0.base) }
        let found = kept.reversed().filter { record in
            record.revision > base && record.revision < query.before ?? .max
        }
        // Short pages, so that there are several.
        let page = Array(found.prefix(min(query.maximum, 7)))
        return RecordPage(
            records: page, next: page.count < found.count ? page.last?.revision : nil,
            oldest: found.last?.time)
    }

    func state(at revision: UInt64) throws(PastError) -> ClusterState {
        let (kept, base) = state.withLock { ($0.records, $0.base) }
        guard revision > base || base == 0 else { throw .notKept(oldest: nil) }
        var state = ClusterState()
        for record in kept.prefix(while: { $0.revision <= revision }) { state.apply(record) }
        return state
    }

    func state(asOf time: WallTime) throws(PastError) -> ClusterState {
        try state(at: try revision(asOf: time))
    }

    func revision(asOf time: WallTime) throws(PastError) -> UInt64 {
        let (kept, base) = state.withLock { ($0.records, $0.base) }
        let last = kept.last { $0.revision > base && $0.time <= time }
        return last?.revision ?? (base == 0 ? 0 : base + 1)
    }

    func keys(named name: String, maximum: Int) throws(PastError) -> [String] { [] }
}

/// Waits for a state; the suite's time limit ends a wait that is in vain.
func wait(until condition: () -> Bool) async throws {
    while !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The number of the task that an event is of.
func number(_ event: ECSEvent) -> UInt64 { number(String(decoding: event.json, as: UTF8.self)) }

func number(_ json: String) -> UInt64 {
    let members = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let id = (members?["resources"] as? [String])?.first?.split(separator: "/").last
    return id.flatMap { TaskID($0) }?.low ?? 0
}
