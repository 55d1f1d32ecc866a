import ClusterState
import Dispatch
import Foundation
import GRDB
import Journal
import Model
import Synchronization
import Testing

@Suite struct RefusalTests {
    @Test("Contract 1: a second manager is refused while the first lives, and told its process")
    func locked() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        let error = #expect(throws: JournalError.self) { try scratch.open() }
        #expect(error == .locked(folder: scratch.data, holder: getpid()))
        #expect(try #require(error).description.contains("process \(getpid())"))
        await journal.close()
        let (again, _) = try scratch.open()
        await again.close()
    }

    @Test(
        "A file of something else is refused and left as it is",
        arguments: [
            Data(), Data("not a database".utf8), Data(repeating: 7, count: 9_000),
            Data("SQLite format 3\0".utf8),
        ])
    func notSQLite(content: Data) throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.data, withIntermediateDirectories: true)
        try content.write(to: URL(fileURLWithPath: scratch.file))
        let error = #expect(throws: JournalError.self) { try scratch.open() }
        switch try #require(error) {
        case .foreign, .damaged: break
        default: Issue.record("\(error as JournalError?)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.file)) == content)
    }

    @Test("A database of another application is refused and left as it is")
    func otherApplication() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.data, withIntermediateDirectories: true)
        let other = try DatabaseQueue(path: scratch.file)
        try other.write { try $0.execute(sql: "CREATE TABLE user (name TEXT)") }
        try other.close()
        try expectRefusal(of: scratch) { error in
            if case .foreign = error { true } else { false }
        }
    }

    @Test("A journal of a newer Muster is refused and left as it is, torn log and all")
    func newerFormat() async throws {
        let scratch = try Scratch()
        try await fill(scratch)
        let database = try DatabaseQueue(path: scratch.file)
        try await database.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA user_version = 9")
        }
        let copy = try scratch.copyData()
        try expectRefusal(of: copy) { $0 == .newerFormat(file: copy.file, found: 9, known: 3) }
        try database.close()
        try expectRefusal(of: scratch) { error in
            if case .newerFormat(_, 9, 3) = error { true } else { false }
        }
    }

    @Test(
        "Rows that were altered, vanished or came from elsewhere are found",
        arguments: [
            "UPDATE change SET value = replace(value, 'ACTIVE', 'ACTIVF') WHERE kind = 'cluster' "
                + "AND revision <= (SELECT base FROM meta)",
            "DELETE FROM change WHERE kind = 'task' AND revision <= (SELECT base FROM meta)",
            "UPDATE meta SET incarnation = 9",
            "DELETE FROM meta", "UPDATE meta SET revision = revision + 1",
            "UPDATE meta SET base = base - 1", "UPDATE meta SET base = base + 1",
            "DELETE FROM change WHERE revision = (SELECT max(revision) - 7 FROM change)",
            "DELETE FROM change WHERE revision = (SELECT min(revision) FROM change)",
            "DELETE FROM change WHERE revision = (SELECT max(revision) FROM change)",
            "UPDATE change SET value = value || ' '", "UPDATE change SET value = NULL",
            "UPDATE change SET key = '0' || key", "UPDATE change SET kind = 'ghost'",
            "UPDATE change SET kind = 'ghost' WHERE revision <= (SELECT base FROM meta)",
            "UPDATE change SET revision = revision - 1 WHERE revision = "
                + "(SELECT min(revision) FROM change)",
            "DROP TABLE change",
        ])
    func altered(sql: String) async throws {
        let scratch = try Scratch()
        try await fill(scratch)
        let database = try DatabaseQueue(path: scratch.file)
        try await database.write { try $0.execute(sql: sql) }
        try database.close()
        try expectRefusal(of: scratch) { error in
            switch error {
            case .damaged, .unusable: true
            default: false
            }
        }
    }

    @Test("Flipped bits are refused or harmless: no state is ever made up", arguments: 0..<60)
    func flippedBits(seed: UInt64) async throws {
        let scratch = try Scratch()
        let history = try await fill(scratch)
        var random = SeededRandom(seed: seed)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.file))
        for _ in 0..<3 {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                1 << UInt8.random(in: 0..<8, using: &random)
        }
        try bytes.write(to: URL(fileURLWithPath: scratch.file))
        do {
            let (journal, recovered) = try scratch.open()
            #expect(Picture(recovered.state) == Picture(history.state))
            await journal.close()
        } catch let error as JournalError {
            #expect(!error.description.isEmpty)
            #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.file)) == bytes)
        }
    }

    @Test("A file that was cut off is refused", arguments: [100, 4_096, 5_000, 40_000])
    func cutOff(size: Int) async throws {
        let scratch = try Scratch()
        try await fill(scratch)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.file))
        try bytes.prefix(size).write(to: URL(fileURLWithPath: scratch.file))
        try expectRefusal(of: scratch) { error in
            switch error {
            case .damaged, .foreign: true
            default: false
            }
        }
    }

    @Test("A log without its journal is not taken for a new journal")
    func journalMissing() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        try await journal.write([event(1, of: ServiceID(high: 1, low: 1))])
        let copy = try scratch.copyData()
        await journal.close()
        try FileManager.default.removeItem(atPath: copy.file)
        try expectRefusal(of: copy) { error in
            if case .damaged = error { true } else { false }
        }
    }

    @Test("A folder that can't be made or written in is named")
    func notWritable() throws {
        let scratch = try Scratch()
        try Data().write(to: URL(fileURLWithPath: scratch.data))
        // Below a plain file; and in the kernel's own tree, where root can't write either.
        for folder in [scratch.data + "/below", "/sys/kernel"] {
            let error = #expect(throws: JournalError.self) {
                try Journal.open(folder: folder, logger: .quiet)
            }
            guard case .folder(folder, _) = error else {
                Issue.record("\(error as JournalError?)")
                continue
            }
        }
    }

    @Test("Contract 1: on a full disk the write fails, and nothing more is written from then on")
    func full() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.pages = 30
        let (journal, _) = try scratch.open(limits: limits)
        var history = History(seed: 3)
        var written = Picture(history.state)
        let failure = await #expect(throws: JournalError.self) {
            for _ in 0..<1_000 {
                try await journal.write(history.batch())
                written = Picture(history.state)
            }
        }
        #expect(failure == .full(folder: scratch.data))
        #expect(written.revision > 0)
        let later = await #expect(throws: JournalError.self) {
            try await journal.write([
                record(written.revision + 1, .removeTask(TaskID(high: 1, low: 1)))
            ])
        }
        guard case .failed = later else {
            Issue.record("\(later as JournalError?)")
            return
        }
        await journal.close()
        let (again, recovered) = try scratch.open()
        #expect(Picture(recovered.state) == written)
        await again.close()
    }

    @Test("Records that leave a gap, or come twice, are refused and change nothing")
    func gap() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        let service = ServiceID(high: 1, low: 1)
        try await journal.write([event(1, of: service)])
        for wrong in [[event(3, of: service)], [event(1, of: service)]] {
            let error = await #expect(throws: JournalError.self) { try await journal.write(wrong) }
            #expect(error == .gap(expected: 2, found: wrong[0].revision))
        }
        try await journal.write([event(2, of: service)])
        await journal.close()
    }

    @Test("Contract 7: beyond its bound the queue refuses, and takes the same records later")
    func overloaded() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.unsettled = 3
        let (journal, _) = try scratch.open(limits: limits)
        let service = ServiceID(high: 1, low: 1)
        let gate = DispatchSemaphore(value: 0)
        // Holds the journal's own thread in the first answer, as a slow disk would.
        await withCheckedContinuation { entered in
            journal.append([event(1, of: service)]) { _ in
                entered.resume()
                gate.wait()
            }
        }
        let refusals = Mutex<[JournalError]>([])
        for records in [[2, 3], [4, 5], [4]] as [[UInt64]] {
            journal.append(records.map { event($0, of: service) }) { result in
                if case .failure(let error) = result { refusals.withLock { $0.append(error) } }
            }
        }
        #expect(journal.unsettled == 3)
        gate.signal()
        await journal.close()
        #expect(refusals.withLock { $0 } == [.overloaded(waiting: 2, maximum: 3)])
        let (again, recovered) = try scratch.open()
        #expect(recovered.state.revision == 4)
        await again.close()
    }

    @Test("A batch beyond the bound is taken when nothing waits: it can't be made smaller")
    func oversize() async throws {
        let scratch = try Scratch()
        var limits = Journal.Limits()
        limits.unsettled = 2
        let (journal, _) = try scratch.open(limits: limits)
        let service = ServiceID(high: 1, low: 1)
        let result = await withCheckedContinuation { answered in
            journal.append((1...5).map { event($0, of: service) }) {
                answered.resume(returning: $0)
            }
        }
        #expect(throws: Never.self) { try result.get() }
        await journal.close()
        let (again, recovered) = try scratch.open()
        #expect(recovered.state.revision == 5)
        await again.close()
    }

    @Test("A closed journal refuses")
    func closed() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        await journal.close()
        await journal.close()
        let error = await #expect(throws: JournalError.self) {
            try await journal.write([event(1, of: ServiceID(high: 1, low: 1))])
        }
        #expect(error == .closed)
    }

    /// A closed journal with some history in it.
    @discardableResult
    private func fill(_ scratch: Scratch) async throws -> History {
        var limits = Journal.Limits()
        limits.history = 40
        let (journal, _) = try scratch.open(limits: limits)
        var history = History(seed: 99)
        for _ in 0..<20 { try await journal.write(history.batch()) }
        await journal.close()
        return history
    }

    private func expectRefusal(
        of scratch: Scratch, where expected: (JournalError) -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try scratch.contents()
        let error = #expect(throws: JournalError.self, sourceLocation: sourceLocation) {
            try scratch.open()
        }
        guard let error else { return }
        #expect(expected(error), "\(error)", sourceLocation: sourceLocation)
        #expect(
            try scratch.contents() == before, "something was changed",
            sourceLocation: sourceLocation)
    }
}
