import ClusterState
import Foundation
import Journal
import Model
import Synchronization
import Testing

@Suite struct CrashTests {
    @Test(
        "Contract 1: kill -9 while batches are being written loses none that was acknowledged",
        arguments: [40, 173, 390] as [UInt64])
    func killed(after count: UInt64) async throws {
        let scratch = try Scratch()
        let acknowledged = scratch.path + "/acknowledged"
        let data = scratch.data
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [data = data as String, acknowledged = acknowledged as String, count = count as UInt64]
            in
            try await writeUntilKilled(data: data, acknowledged: acknowledged, count: count)
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: acknowledged))
        let last = try #require(
            UInt64(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }))
        #expect(last >= count)

        let (journal, recovered) = try scratch.open()
        #expect(recovered.state.revision >= last)
        var history = History(seed: count)
        while history.state.revision < recovered.state.revision { _ = history.batch() }
        #expect(Picture(recovered.state) == Picture(history.state), "not a whole batch")
        await journal.close()
    }

    @Test("Contract 1: a log that was torn gives back every batch before the tear, and no half one")
    func tornLog() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        let log = scratch.file + "-wal"
        var history = History(seed: 11)
        var ends = [(size: try size(log), picture: Picture(history.state))]
        for _ in 0..<40 {
            try await journal.write(history.batch())
            ends.append((try size(log), Picture(history.state)))
        }
        let whole = try scratch.copyData()
        await journal.close()

        var random = SeededRandom(seed: 5)
        let tail = try #require(ends.last)
        let offsets = (0..<60).map { _ in
            UInt64.random(in: ends[0].size...tail.size, using: &random)
        }
        for offset in offsets + ends.map(\.size) {
            let torn = try whole.copyData()
            try FileHandle(forUpdating: URL(fileURLWithPath: torn.file + "-wal"))
                .truncate(atOffset: offset)
            let (journal, recovered) = try torn.open()
            let expected = try #require(ends.last { $0.size <= offset })
            #expect(Picture(recovered.state) == expected.picture, "torn at \(offset)")
            await journal.close()
        }
    }

    @Test("Contract 1: what a power loss left behind the last commit does no harm")
    func garbageTail() async throws {
        let scratch = try Scratch()
        let (journal, _) = try scratch.open()
        var history = History(seed: 12)
        for _ in 0..<20 { try await journal.write(history.batch()) }
        let copy = try scratch.copyData()
        await journal.close()
        let log = try FileHandle(forUpdating: URL(fileURLWithPath: copy.file + "-wal"))
        try log.seekToEnd()
        try log.write(contentsOf: Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }))
        let (again, recovered) = try copy.open()
        #expect(Picture(recovered.state) == Picture(history.state))
        for _ in 0..<20 { try await again.write(history.batch()) }
        await again.close()
        let (last, final) = try copy.open()
        #expect(Picture(final.state) == Picture(history.state))
        await last.close()
    }

    @Test("A creation that was cut short is begun anew")
    func cutShortCreation() async throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.data, withIntermediateDirectories: true)
        for name in ["journal.db.new", "journal.db.new-journal"] {
            try Data("half".utf8).write(to: URL(fileURLWithPath: scratch.data + "/" + name))
        }
        let (journal, recovered) = try scratch.open()
        #expect(recovered.incarnation == 1)
        await journal.close()
    }

    private func size(_ file: String) throws -> UInt64 {
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        return try #require(attributes[.size] as? NSNumber).uint64Value
    }
}

/// Writes batches as fast as the journal takes them, notes the newest acknowledged revision in a
/// file, and kills this process once that is past `count`, whatever the journal is doing then.
private func writeUntilKilled(data: String, acknowledged: String, count: UInt64) async throws {
    let (journal, _) = try Journal.open(folder: data, logger: .quiet)
    let note = open(acknowledged, O_WRONLY | O_CREAT, 0o600)
    let newest = Atomic<UInt64>(0)
    var history = History(seed: count)
    while newest.load(ordering: .relaxed) < count {
        let records = history.batch()
        let last = history.state.revision
        while journal.unsettled > 100 { await Task.yield() }
        journal.append(records) { result in
            guard case .success = result else { return }
            let text = Array("\(last)\n".utf8)
            _ = pwrite(note, text, text.count, 0)
            newest.store(last, ordering: .relaxed)
        }
    }
    kill(getpid(), SIGKILL)
}
