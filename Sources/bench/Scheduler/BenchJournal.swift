import ClusterState
import Foundation
import Journal
import Logging
import Synchronization

/// A journal in a scratch folder that is waited for, as the manager's shell waits for its own.
final class BenchJournal: Sendable {
    let folder: URL
    private let journal: Journal
    /// Batches that are not on disk yet; the least bounds what waits.
    private let waiting = DispatchSemaphore(value: 8)
    private let failure = Mutex<JournalError?>(nil)

    /// - Parameter history: Records that stay readable; as many as a manager keeps if `nil`.
    init(history: Int? = nil) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("bench-journal-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var logger = Logger(label: "bench")
        logger.logLevel = .warning
        var limits = Journal.Limits()
        limits.unsettled = .max
        if let history { limits.history = history }
        (journal, _) = try Journal.open(folder: folder.path, limits: limits, logger: logger)
    }

    func append(_ records: [ChangeRecord]) throws {
        waiting.wait()
        journal.append(records) { result in
            if case .failure(let error) = result { self.failure.withLock { $0 = error } }
            self.waiting.signal()
        }
    }

    /// Waits until all is on disk.
    func settle() throws {
        for _ in 0..<8 { waiting.wait() }
        for _ in 0..<8 { waiting.signal() }
        if let error = failure.withLock({ $0 }) { throw BenchError("\(error)") }
    }

    /// A folder with what is on disk, as a crash of this process would leave it.
    func copy() throws -> URL {
        let copy = folder.appendingPathExtension("copy")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for file in ["journal.db", "journal.db-wal"] {
            try FileManager.default.copyItem(
                at: folder.appendingPathComponent(file), to: copy.appendingPathComponent(file))
        }
        return copy
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }
}
