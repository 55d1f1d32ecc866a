import APIServer
import ClusterState
import HashTreeCollections
import Model
import Testing

/// Records that are kept in memory, and only from some revision on.
private struct FakePast: Past {
    var log: [ChangeRecord] = []
    var base: UInt64 = 0

    mutating func add(_ change: Change, at time: Int64) {
        log.append(
            ChangeRecord(
                revision: UInt64(log.count + 1), time: WallTime(milliseconds: time), cause: "test",
                change: change))
    }

    func records(_ query: RecordQuery) throws(PastError) -> RecordPage {
        let meant = log.reversed().filter { record in
            let isOfKey: Bool
            if case .task(let task) = record.change, query.key == "\(task.id)" {
                isOfKey = true
            } else {
                isOfKey = query.key == nil
            }
            return isOfKey && record.revision > base && record.time >= query.since ?? record.time
                && record.time <= query.until ?? record.time
                && record.revision < query.before ?? .max
        }
        // Short pages, so that there are several.
        let page = Array(meant.prefix(2))
        return RecordPage(
            records: page, next: meant.count > 2 ? page.last?.revision : nil, oldest: nil)
    }

    func state(asOf time: WallTime) throws(PastError) -> ClusterState {
        guard (log.first { $0.revision > base }?.time ?? time) <= time || base == 0 else {
            throw .notKept(oldest: nil)
        }
        var state = ClusterState()
        for record in log where record.time <= time { state.apply(record) }
        return state
    }

    func state(at revision: UInt64) throws(PastError) -> ClusterState {
        guard revision > base || base == 0 else { throw .notKept(oldest: nil) }
        var state = ClusterState()
        for record in log where record.revision <= revision { state.apply(record) }
        return state
    }

    func revision(asOf time: WallTime) throws(PastError) -> UInt64 {
        log.last { $0.time <= time }?.revision ?? base
    }

    func keys(named name: String, maximum: Int) throws(PastError) -> [String] { [] }
}

@Suite("The state just before a task")
struct TaskBirthTests {
    private static func task(_ number: UInt64, at time: Int64) -> ECSTask {
        ECSTask(
            id: TaskID(high: 0, low: number), instance: InstanceID(high: 1, low: 1),
            origin: Shared(
                TaskOrigin(
                    cluster: TestPlane.cluster.id,
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
                    group: "g", reserved: Resources())),
            containers: [], createdAt: WallTime(milliseconds: time))
    }

    private static func past(tasksAt time: Int64) -> FakePast {
        var past = FakePast()
        past.add(.cluster(TestPlane.cluster), at: 10)
        for number in 1...5 { past.add(.task(task(UInt64(number), at: time)), at: time) }
        var later = task(3, at: time)
        later.lastStatus = .running
        past.add(.task(later), at: time)
        past.add(.task(later), at: time + 5)
        return past
    }

    @Test("has all that was before it, those of its own moment too, and nothing else")
    func exact() throws {
        let past = Self.past(tasksAt: 20)
        for number in UInt64(1)...5 {
            let state = try #require(past.state(before: Self.task(number, at: 20)))
            #expect(state.revision == number)
            #expect(Set(state.tasks.keys.map(\.low)) == Set(0..<number).subtracting([0]))
        }
    }

    @Test("is not told where it is not kept, or the clock was set back")
    func unknown() {
        var past = Self.past(tasksAt: 20)
        past.base = 4
        #expect(past.state(before: Self.task(2, at: 20)) == nil)
        // Its moment was there before, and the cluster's record seems to be of later.
        let back = Self.past(tasksAt: 5)
        #expect(back.state(before: Self.task(2, at: 5)) == nil)
        #expect(Self.past(tasksAt: 20).state(before: Self.task(9, at: 20)) == nil)
    }
}
