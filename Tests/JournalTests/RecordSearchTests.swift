import ClusterState
import Foundation
import HashTreeCollections
import Journal
import Model
import Testing

@Suite("Records are found by object and time, in pages")
struct RecordSearchTests {
    @Test("All of them, newest first, page by page")
    func pages() async throws {
        let scratch = try Scratch()
        var history = History(seed: 11)
        let (journal, _) = try scratch.open()
        var written: [ChangeRecord] = []
        for _ in 0..<50 {
            let batch = history.batch()
            try await journal.write(batch)
            written += batch
        }
        let past = try journal.past()
        var found: [ChangeRecord] = []
        var query = RecordQuery(maximum: 7)
        repeat {
            let page = try past.records(query)
            #expect(page.records.count <= 7 && page.oldest == written.first?.time)
            found += page.records
            query.before = page.next
        } while query.before != nil
        #expect(found == written.reversed())
        past.close()
        await journal.close()
    }

    @Test("Those of one object, and with what belongs to it")
    func objects() async throws {
        let scratch = try Scratch()
        var history = History(seed: 12)
        let (journal, _) = try scratch.open()
        var written: [ChangeRecord] = []
        for _ in 0..<80 {
            let batch = history.batch()
            try await journal.write(batch)
            written += batch
        }
        let past = try journal.past()
        let service = try #require(history.state.services.keys.sorted().first)
        let own = written.filter { record in
            switch record.change {
            case .service(let object): object.id == service
            case .serviceEvent(let event): event.service == service
            case .serviceDeployment(let deployment): deployment.service == service
            case .serviceRevision(let revision): revision.service == service
            default: false
            }
        }
        let parts = written.filter { record in
            guard case .task(let task) = record.change else { return false }
            return task.service == service
        }
        #expect(!own.isEmpty && !parts.isEmpty)
        var query = RecordQuery(key: "\(service)", maximum: 1_000)
        #expect(try past.records(query).records == own.reversed())
        query.includesParts = true
        let all = (own + parts).sorted { $0.revision > $1.revision }
        #expect(try past.records(query).records == all)
        past.close()
        await journal.close()
    }

    @Test("Between two times, both included; a clock that jumped back loses nothing")
    func times() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        let times: [Int64] = [10, 20, 30, 40, 40, 50]
        try await journal.write(
            times.enumerated().map { index, time in removal(UInt64(index + 1), at: time) })
        let past = try journal.past()
        func found(_ since: Int64?, _ until: Int64?) throws -> [UInt64] {
            try past.records(
                RecordQuery(
                    since: since.map { WallTime(milliseconds: $0) },
                    until: until.map { WallTime(milliseconds: $0) })
            ).records.map(\.revision)
        }
        #expect(try found(20, 40) == [5, 4, 3, 2])
        #expect(try found(41, nil) == [6])
        #expect(try found(nil, 9) == [])
        #expect(try found(51, nil) == [])
        #expect(try found(nil, 19) == [1])
        #expect(try found(.min, .max) == [6, 5, 4, 3, 2, 1])
        past.close()
        await journal.close()
    }

    @Test("Names of objects that are gone lead to their keys")
    func names() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        let id = ClusterID(high: 0xABCD_EF01_0000_0000, low: 1)
        let cluster = Cluster(
            id: id, region: "r", name: "gone", createdAt: WallTime(milliseconds: 1))
        let task = TaskID(high: 0xABCD_EF01_0000_0000, low: 2)
        try await journal.write([
            ChangeRecord(
                revision: 1, time: WallTime(milliseconds: 1), cause: "t",
                change: .cluster(cluster)),
            ChangeRecord(
                revision: 2, time: WallTime(milliseconds: 2), cause: "t",
                change: .removeCluster(id)),
            ChangeRecord(
                revision: 3, time: WallTime(milliseconds: 2), cause: "t",
                change: .removeTask(task)),
        ])
        let past = try journal.past()
        #expect(try past.keys(named: "gone", maximum: 2) == ["\(id)"])
        #expect(try past.keys(named: "abcdef01", maximum: 2) == ["\(task)"])
        #expect(try past.keys(named: "gon", maximum: 2) == [])
        past.close()
        await journal.close()
    }

    private func removal(_ revision: UInt64, at time: Int64) -> ChangeRecord {
        ChangeRecord(
            revision: revision, time: WallTime(milliseconds: time), cause: "test",
            change: .removeTask(TaskID(high: 0, low: revision)))
    }
}
