import ClusterState
import Foundation
import GRDB
import HashTreeCollections
import Journal
import Model
import Synchronization
import Testing

@Suite struct RecoveryTests {
    @Test("A new journal is empty, and each opening is a new incarnation with a seed of its own")
    func incarnations() async throws {
        let scratch = try Scratch()
        var seeds: Set<UInt64> = []
        for incarnation in 1...5 as ClosedRange<UInt64> {
            let (journal, recovered) = try scratch.open()
            #expect(recovered.incarnation == incarnation)
            #expect(recovered.state.revision == 0)
            #expect(seeds.insert(recovered.seed).inserted)
            await journal.close()
        }
    }

    @Test("Contract 1: after a power loss the incarnation that was given out is not given again")
    func incarnationIsDurable() async throws {
        let scratch = try Scratch()
        let (journal, first) = try scratch.open()
        let copy = try scratch.copyData()
        let (other, second) = try copy.open()
        #expect(second.incarnation == first.incarnation + 1)
        await journal.close()
        await other.close()
    }

    @Test(
        "Contract 6: a manager that starts again has the state it had, whatever happened before",
        arguments: [1, 2, 3, 4] as [UInt64], [1, 25, 300, 200_000])
    func foldEquality(seed: UInt64, kept: Int) async throws {
        let scratch = try Scratch()
        var history = History(seed: seed)
        var limits = Journal.Limits()
        limits.history = kept
        for _ in 0..<4 {
            let (journal, recovered) = try scratch.open(limits: limits)
            #expect(Picture(recovered.state) == Picture(history.state))
            for _ in 0..<60 { try await journal.write(history.batch()) }
            await journal.close()
        }
        let (journal, recovered) = try scratch.open()
        #expect(Picture(recovered.state) == Picture(history.state))
        await journal.close()
    }

    @Test("Tasks of one making share it again, whether they are read from objects or from changes")
    func sharing() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.history = 20
        let (journal, _) = try scratch.open(limits: limits)
        let origin = Shared(
            TaskOrigin(
                cluster: ClusterID(high: 1, low: 1),
                definition: TaskDefinitionKey(region: "r", family: "f", revision: 1),
                group: "service:web", reserved: Resources(cpu: 1)))
        let make = Shared(ContainerMake(name: "app", image: "image"))
        for number in 1...60 as ClosedRange<UInt64> {
            let task = ECSTask(
                id: TaskID(high: 2, low: number), instance: InstanceID(high: 3, low: 1),
                origin: origin,
                containers: [Container(id: ContainerID(high: 4, low: number), make: make)],
                createdAt: WallTime(milliseconds: 1))
            try await journal.write([
                ChangeRecord(
                    revision: number, time: WallTime(milliseconds: 1), cause: "test",
                    change: .task(task))
            ])
        }
        await journal.close()
        let (again, recovered) = try scratch.open()
        let tasks = recovered.state.tasks.values.sorted { $0.id < $1.id }
        #expect(tasks.count == 60)
        for task in tasks {
            #expect(task.origin == origin)
            #expect(task.origin.isIdentical(to: tasks[0].origin))
            #expect(task.containers[0].make.isIdentical(to: tasks[0].containers[0].make))
        }
        await again.close()
    }

    @Test("Each piece that is folded leaves the same state", arguments: [5, 6] as [UInt64])
    func foldedBitByBit(seed: UInt64) async throws {
        let scratch = try Scratch()
        var history = History(seed: seed)
        var limits = Journal.Limits()
        for kept in [100, 90, 30, 100, 3, 1] {
            limits.history = kept
            let (journal, recovered) = try scratch.open(limits: limits)
            #expect(Picture(recovered.state) == Picture(history.state))
            for _ in 0..<30 { try await journal.write(history.batch(1...3)) }
            await journal.close()
        }
        let (journal, recovered) = try scratch.open()
        #expect(Picture(recovered.state) == Picture(history.state))
        await journal.close()
    }

    @Test(
        "A file of the first format, whose objects are the whole state, is carried over",
        arguments: [7, 8, 9] as [UInt64])
    func firstFormat(seed: UInt64) async throws {
        let scratch = try Scratch()
        var history = History(seed: seed)
        var limits = Journal.Limits()
        limits.history = 1
        let (journal, _) = try scratch.open(limits: limits)
        for _ in 0..<60 { try await journal.write(history.batch()) }
        await journal.close()
        try scratch.setBackToFirstFormat()
        for _ in 0..<3 {
            let (again, recovered) = try scratch.open(limits: limits)
            #expect(Picture(recovered.state) == Picture(history.state))
            try await again.write(history.batch(1...3))
            await again.close()
        }
    }

    @Test(
        "A file of the second format, whose objects have a table of their own, is carried over",
        arguments: [7, 8, 9] as [UInt64], [1, 40])
    func secondFormat(seed: UInt64, kept: Int) async throws {
        let scratch = try Scratch()
        var history = History(seed: seed)
        var limits = Journal.Limits()
        limits.history = kept
        let (journal, _) = try scratch.open(limits: limits)
        for _ in 0..<60 { try await journal.write(history.batch()) }
        await journal.close()
        try scratch.setBackToSecondFormat()
        for _ in 0..<3 {
            let (again, recovered) = try scratch.open(limits: limits)
            #expect(Picture(recovered.state) == Picture(history.state))
            try await again.write(history.batch(1...3))
            await again.close()
        }
    }

    @Test("The revision goes on after a removal, though no object has it", arguments: [1, 200])
    func removalLast(kept: Int) async throws {
        let scratch = try Scratch()
        let cluster = Cluster(
            id: ClusterID(high: 1, low: 2), region: "r", name: "c",
            createdAt: WallTime(milliseconds: 5))
        var limits = Journal.Limits()
        limits.history = kept
        let (journal, _) = try scratch.open(limits: limits)
        try await journal.write([
            record(1, .cluster(cluster)), record(2, .removeCluster(cluster.id)),
        ])
        await journal.close()
        let (again, recovered) = try scratch.open()
        #expect(recovered.state.revision == 2)
        #expect(recovered.state.clusters(region: "r") == [])
        try await again.write([record(3, .cluster(cluster))])
        await again.close()
    }

    @Test("Contract 7: the history keeps its newest records and a service its newest 100 events")
    func bounds() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.history = 50
        let service = ServiceID(high: 7, low: 7)
        let (journal, _) = try scratch.open(limits: limits)
        for revision in 1...250 as ClosedRange<UInt64> {
            try await journal.write([event(revision, of: service)])
        }
        await journal.close()
        let (again, recovered) = try scratch.open(limits: limits)
        #expect(recovered.state.events(of: service).map(\.sequence) == Array(151...250))
        await again.close()
        let kept = try await DatabaseQueue(path: scratch.file).read {
            try Int64.fetchAll($0, sql: "SELECT revision FROM change ORDER BY revision")
        }
        // The last 50 are the history, those before them the service's events at the base.
        #expect(kept == Array(101...250))
    }

    @Test("The history says what was changed, when, and what brought it about")
    func historyIsReadable() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        try await journal.write([
            ChangeRecord(
                revision: 1, time: WallTime(milliseconds: 1_234), cause: "StopTask",
                change: .removeTask(TaskID(high: 0, low: 255)))
        ])
        await journal.close()
        let row = try DatabaseQueue(path: scratch.file).read {
            try Row.fetchOne($0, sql: "SELECT time, cause, kind, key, value FROM change")
        }
        #expect(
            row == [
                "time": 1_234, "cause": "StopTask", "kind": "task",
                "key": "000000000000000000000000000000ff", "value": nil,
            ])
    }

    @Test("Appends that come while the disk is busy are answered in their order")
    func order() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        let answered = Mutex<[UInt64]>([])
        for revision in 1...500 as ClosedRange<UInt64> {
            journal.append([event(revision, of: ServiceID(high: 1, low: 1))]) { result in
                if case .success = result { answered.withLock { $0.append(revision) } }
            }
        }
        await journal.close()
        #expect(answered.withLock { $0 } == Array(1...500))
        #expect(journal.unsettled == 0)
    }

    @Test("The folder and the files are for this user alone")
    func permissions() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        try await journal.write([event(1, of: ServiceID(high: 1, low: 1))])
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.data)
        #expect(files.contains("journal.db-wal"))
        for name in [""] + files {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: scratch.data + "/" + name)
            let bits = try #require(attributes[.posixPermissions] as? NSNumber)
            #expect(bits.intValue == (name.isEmpty ? 0o700 : 0o600), "\(name)")
        }
        await journal.close()
    }
}

func record(_ revision: UInt64, _ change: Change) -> ChangeRecord {
    ChangeRecord(
        revision: revision, time: WallTime(milliseconds: 0), cause: "test", change: change)
}

func event(_ revision: UInt64, of service: ServiceID) -> ChangeRecord {
    record(
        revision,
        .serviceEvent(
            ServiceEvent(
                service: service, sequence: Int(revision), id: Identifier(high: 0, low: revision),
                createdAt: WallTime(milliseconds: 0), message: "event")))
}
