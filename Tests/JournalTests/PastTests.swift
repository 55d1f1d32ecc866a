import ClusterState
import Foundation
import Journal
import Model
import Testing

@Suite("The state as of a time is what it was then")
struct PastTests {
    /// A journal's states by the time of their newest record.
    private struct Told {
        var pictures: [(time: WallTime, picture: Picture)] = []

        mutating func note(_ history: History, _ records: [ChangeRecord]) {
            guard let last = records.last else { return }
            pictures.append((last.time, Picture(history.state)))
        }
    }

    @Test(
        "As of each time that is kept, whatever was dropped, over restarts",
        arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func fold(seed: UInt64) async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.history = 90
        var history = History(seed: seed)
        var told = Told()
        for _ in 0..<3 {
            let (journal, _) = try scratch.open(limits: limits)
            let past = try journal.past()
            for _ in 0..<60 {
                let batch = history.batch()
                try await journal.write(batch)
                told.note(history, batch)
            }
            try expect(told, past, kept: 1...90, of: history)
            past.close()
            await journal.close()
        }
        let past = try PastReader.open(folder: scratch.data)
        try expect(told, past, kept: 1...90, of: history)
        past.close()
    }

    private func expect(
        _ told: Told, _ past: PastReader, kept: ClosedRange<Int>, of history: History
    ) throws {
        let first = Int(history.state.revision) - kept.upperBound + 1
        for (time, picture) in told.pictures {
            if Int(picture.revision) >= first {
                #expect(Picture(try past.state(asOf: time)) == picture)
                #expect(Picture(try past.state(at: picture.revision)) == picture)
                #expect(try past.revision(asOf: time) == picture.revision)
            } else {
                let oldest = WallTime(milliseconds: 1_700_000_000_000 + Int64(first) - 1)
                #expect(throws: PastError.notKept(oldest: oldest)) {
                    try past.state(asOf: time)
                }
            }
        }
    }

    @Test("Before the first record there is nothing, and the text says since when there is")
    func beforeAll() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        let past = try journal.past()
        #expect(throws: PastError.notKept(oldest: nil)) { try past.state(asOf: time(1)) }
        try await journal.write([event(1, at: 500)])
        #expect(throws: PastError.notKept(oldest: time(500))) { try past.state(asOf: time(499)) }
        #expect(try past.state(asOf: time(500)).revision == 1)
        #expect(try past.state(asOf: time(9_999)).revision == 1)
        past.close()
        await journal.close()
    }

    @Test("As of a revision: any that is kept, and the empty state before the first")
    func revisions() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        let (journal, _) = try scratch.open(limits: limits)
        var past = try journal.past()
        #expect(try past.state(at: 0).revision == 0)
        #expect(try past.revision(asOf: time(1)) == 0)
        try await journal.write((1...9).map { event($0, at: Int64($0) * 100) })
        #expect(try past.state(at: 0).revision == 0)
        #expect(try past.state(at: 9).revision == 9)
        #expect(throws: PastError.notKept(oldest: time(100))) { try past.state(at: 10) }
        #expect(try past.revision(asOf: time(50)) == 0)
        #expect(try past.revision(asOf: time(399)) == 3)
        past.close()
        await journal.close()

        limits.history = 5
        let (shorter, _) = try scratch.open(limits: limits)
        try await shorter.write([event(10, at: 1_000)])
        past = try shorter.past()
        #expect(throws: PastError.notKept(oldest: time(600))) { try past.state(at: 5) }
        #expect(throws: PastError.notKept(oldest: time(600))) { try past.state(at: 0) }
        #expect(try past.state(at: 6).revision == 6)
        #expect(try past.revision(asOf: time(50)) == 6)
        past.close()
        await shorter.close()
    }

    @Test("A service has the 100 newest events of then, though the state has other ones now")
    func events() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.history = 50
        let (journal, _) = try scratch.open(limits: limits)
        let past = try journal.past()
        var state = ClusterState()
        var pictures: [UInt64: [ServiceEvent]] = [:]
        for revision in 1...400 as ClosedRange<UInt64> {
            let record = event(revision, at: Int64(revision))
            state.apply(record)
            pictures[revision] = state.events(of: service)
            try await journal.write([record])
        }
        for revision in 351...400 as ClosedRange<UInt64> {
            let then = try past.state(asOf: time(Int64(revision)))
            #expect(then.events(of: service) == pictures[revision])
        }
        past.close()
        await journal.close()
    }

    @Test("Records go when they are too old, counted from the newest, and the newest stays")
    func age() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.historyAge = .seconds(10)
        let (journal, _) = try scratch.open(limits: limits)
        let past = try journal.past()
        for second in 1...20 as ClosedRange<UInt64> {
            try await journal.write([event(second, at: Int64(second) * 1_000)])
        }
        let kept = try past.records(RecordQuery())
        #expect(kept.records.count == 11 && kept.oldest == time(10_000))
        try await journal.write([event(21, at: 900_000)])
        let page = try past.records(RecordQuery())
        #expect(page.records.map(\.revision) == [21] && page.oldest == time(900_000))
        #expect(throws: PastError.notKept(oldest: time(900_000))) {
            try past.state(asOf: time(899_999))
        }
        past.close()
        await journal.close()
    }

    @Test("A journal of format 1 becomes one of today; its past begins there")
    func firstFormat() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.history = 1
        var history = History(seed: 9)
        let (first, _) = try scratch.open(limits: limits)
        for _ in 0..<30 { try await first.write(history.batch()) }
        await first.close()
        try scratch.setBackToFirstFormat()

        let offline = try PastReader.open(folder: scratch.data)
        let before = history.state.revision
        #expect(try offline.records(RecordQuery()).records.count == 1)
        #expect(throws: PastError.self) { try offline.state(asOf: moment(before - 1)) }
        #expect(Picture(try offline.state(asOf: moment(before))) == Picture(history.state))
        offline.close()

        let (journal, recovered) = try scratch.open()
        #expect(Picture(recovered.state) == Picture(history.state))
        let past = try journal.past()
        let atMigration = Picture(history.state)
        var told = Told()
        for _ in 0..<4 {
            let batch = history.batch(1...3)
            try await journal.write(batch)
            told.note(history, batch)
        }
        #expect(Picture(try past.state(asOf: moment(before))) == atMigration)
        for (time, picture) in told.pictures {
            #expect(Picture(try past.state(asOf: time)) == picture)
        }
        past.close()
        await journal.close()
    }

    @Test("Changes of the same objects make nothing larger")
    func changedOften() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        try await journal.write(
            (1...9).map { number in
                ChangeRecord(
                    revision: number, time: time(7), cause: "t",
                    change: .cluster(
                        Cluster(
                            id: ClusterID(high: 1, low: number % 2), region: "r", name: "c",
                            createdAt: time(1))))
            })
        let past = try journal.past(objectsMaximum: 2)
        #expect(try past.state(asOf: time(7)).clusters.count == 2)
        past.close()
        await journal.close()
    }

    @Test("What is too large to be put together is refused with its size")
    func tooLarge() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        try await journal.write((1...5).map { event($0, at: 7) })
        let past = try journal.past(objectsMaximum: 4)
        #expect(throws: PastError.tooLarge(objects: 5, maximum: 4)) {
            try past.state(asOf: time(7))
        }
        past.close()
        await journal.close()
    }

    @Test("A folder that no manager works in is read as it is; one that has a manager is refused")
    func folder() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        try await journal.write([event(1, at: 1)])
        #expect(throws: JournalError.locked(folder: scratch.data, holder: getpid())) {
            try PastReader.open(folder: scratch.data)
        }
        // As a killed manager leaves it.
        let copy = try scratch.copyData()
        let before = try copy.contents()
        let past = try PastReader.open(folder: copy.data)
        #expect(try past.state(asOf: time(1)).revision == 1)
        past.close()
        #expect(try copy.contents() == before)
        await journal.close()
    }

    private let service = ServiceID(high: 7, low: 7)

    private func time(_ milliseconds: Int64) -> WallTime { WallTime(milliseconds: milliseconds) }

    private func moment(_ revision: UInt64) -> WallTime {
        time(1_700_000_000_000 + Int64(revision) - 1)
    }

    private func event(_ revision: UInt64, at milliseconds: Int64) -> ChangeRecord {
        ChangeRecord(
            revision: revision, time: time(milliseconds), cause: "test",
            change: .serviceEvent(
                ServiceEvent(
                    service: service, sequence: Int(revision),
                    id: .init(high: 1, low: revision), createdAt: time(milliseconds),
                    message: "event \(revision)")))
    }
}
