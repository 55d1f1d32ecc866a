import ClusterState
import Model
import Testing

@Suite("What containers use, as it was last told")
struct UsageBookTests {
    let instance = InstanceID(high: 1, low: 1)
    let task = TaskID(high: 2, low: 1)
    let start = Moment(monotonic: .zero, wall: WallTime(milliseconds: 1_000_000))
    var book = UsageBook()

    private func report(
        _ number: UInt64, session: UInt64 = 1, _ names: String...
    ) -> UsageReport {
        UsageReport(
            session: SessionID(high: 0, low: session), number: number,
            containers: names.map {
                ContainerUsage(task: task, container: $0, memory: number)
            })
    }

    private func seen(after seconds: Int64 = 0) -> [String] {
        let now = Instant(milliseconds: seconds * 1_000)
        return UsageReading(book, at: now).usage(of: running).map { "\($0.container) \($0.memory)" }
    }

    private var running: ECSTask {
        var task = ECSTask(
            id: task, instance: instance,
            origin: Shared(
                TaskOrigin(
                    cluster: ClusterID(high: 1, low: 4),
                    definition: TaskDefinitionKey(region: "r", family: "f", revision: 5),
                    group: "service:web", service: ServiceID(high: 9, low: 8),
                    reserved: Resources(cpu: 512, memory: 64))),
            containers: [], createdAt: WallTime(milliseconds: 0))
        task.lastStatus = .running
        return task
    }

    @Test("parts of a measurement add up, a newer one replaces it, an older one says nothing")
    mutating func parts() {
        book.take(report(1, "b"), of: instance, at: start)
        book.take(report(1, "a"), of: instance, at: start)
        book.take(report(1, "a"), of: instance, at: start)
        #expect(seen() == ["a 1", "b 1"])
        book.take(report(2, "a"), of: instance, at: start)
        book.take(report(1, "b"), of: instance, at: start)
        #expect(seen() == ["a 2"])
        book.take(report(3), of: instance, at: start)
        #expect(seen() == [])
    }

    @Test("a new session begins anew; what is old or of a lost worker is not shown")
    mutating func age() {
        book.take(report(7, "a"), of: instance, at: start)
        book.take(report(1, session: 2, "b"), of: instance, at: start)
        #expect(seen() == ["b 1"])
        #expect(seen(after: 60) == ["b 1"])
        #expect(seen(after: 61) == [])
        book.forget(instance)
        #expect(seen() == [] && UsageReading(book).workers == 0)
    }

    @Test("a service's utilisation is what its tasks use of what they reserve")
    mutating func utilisation() throws {
        var state = ClusterState()
        state.apply(
            ChangeRecord(
                revision: 1, time: WallTime(milliseconds: 0), cause: "test",
                change: .task(running)))
        let service = ServiceID(high: 9, low: 8)
        #expect(state.utilisation(of: service, by: UsageReading()) == nil)
        let usages = [(125_000, 8), (125_000, 24)].enumerated().map { index, use in
            ContainerUsage(
                task: task, container: "c\(index)", cpu: UInt32(use.0),
                memory: UInt64(use.1) << 20)
        }
        book.take(
            UsageReport(session: SessionID(high: 0, low: 1), number: 1, containers: usages),
            of: instance, at: start)
        let found = try #require(
            state.utilisation(of: service, by: UsageReading(book, at: .zero)))
        #expect(found == ServiceUtilisation(cpu: 50, memory: 50, tasks: 1))
    }

    @Test("how a worker is holds over measurements, for a session and a minute")
    mutating func health() {
        var instance = ContainerInstance(
            id: instance, cluster: ClusterID(high: 1, low: 4), name: "w",
            registered: Resources(cpu: 1, memory: 1), registeredAt: WallTime(milliseconds: 0))
        func known(after seconds: Int64 = 0) -> ToldHealth? {
            UsageReading(book, at: Instant(milliseconds: seconds * 1_000)).health(of: instance)
        }
        #expect(known() == nil)
        var told = report(1)
        told.health = InstanceHealth(disk: InstanceHealth.Finding(fault: "full", age: 300))
        book.take(told, of: instance.id, at: start)
        book.take(report(2, "a"), of: instance.id, at: start)
        #expect(known()?.isWell == false && known()?.runtime.fault == nil)
        // The worker's age of a fault is a time of the manager's.
        #expect(known()?.disk.changedAt == WallTime(milliseconds: 999_700))
        #expect(known()?.toldAt == start.wall && seen() == ["a 2"])
        #expect(known(after: 60) != nil && known(after: 61) == nil)
        instance.agentConnected = false
        #expect(known() == nil)
        instance.agentConnected = true
        book.take(report(1, session: 2), of: instance.id, at: start)
        #expect(known() == nil)
    }

    @Test("a worker that names ever more is held to bounds")
    mutating func bounds() {
        let names = (0..<500).map { "c\($0)" }
        let many = UsageReport(
            session: SessionID(high: 0, low: 1), number: 1,
            containers: names.map { ContainerUsage(task: task, container: $0) })
        book.take(many, of: instance, at: start)
        #expect(seen().count == UsageBook.containersOfTaskMaximum)
    }
}
