import ClusterState
import Foundation
import Journal
import Testing

@Suite("A journal's records can be read by whoever looks into the past")
struct HistoryReadingTests {
    private func records(_ folder: String) throws -> [ChangeRecord] {
        var records: [ChangeRecord] = []
        try JournalHistory.read(folder: folder) { records.append($0) }
        return records
    }

    @Test("They are those that were written, and reading changes nothing")
    func whole() async throws {
        let scratch = try Scratch()
        var history = History(seed: 3)
        var written: [ChangeRecord] = []
        let (journal, _) = try scratch.open()
        for _ in 0..<40 {
            let batch = history.batch()
            try await journal.write(batch)
            written += batch
        }
        // As a killed manager leaves it, its last records in SQLite's log alone.
        let copy = try scratch.copyData()
        let before = try copy.contents()
        #expect(try records(copy.data) == written)
        #expect(try copy.contents() == before)
        await journal.close()
        #expect(try records(scratch.data) == written)
    }

    @Test("Only the newest are there when older ones were dropped")
    func dropped() async throws {
        let scratch = try Scratch()
        var history = History(seed: 4)
        var limits = Journal.Limits()
        limits.history = 10
        let (journal, _) = try scratch.open(limits: limits)
        for _ in 0..<20 { try await journal.write(history.batch()) }
        await journal.close()
        let left = try records(scratch.data)
        #expect(left.count == 10 && left.last?.revision == history.state.revision)
    }

    @Test("A folder that a manager works in is refused with who it is")
    func inUse() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        let refusal = #expect(throws: JournalError.self) { try records(scratch.data) }
        #expect(refusal == .locked(folder: scratch.data, holder: getpid()))
        await journal.close()
        #expect(try records(scratch.data).isEmpty)
    }

    @Test("What is no journal is refused, and nothing is made")
    func nothingThere() throws {
        let scratch = try Scratch()
        #expect(throws: JournalError.self) { try records(scratch.data) }
        #expect(!FileManager.default.fileExists(atPath: scratch.data))
    }
}
