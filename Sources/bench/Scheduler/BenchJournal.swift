import ClusterState
import Foundation
import Journal
import Logging
import Synchronization

/// A journal in a scratch folder that is waited for, as the manager's shell waits for its own.
final class BenchJournal: Sendable {
    private let folder: URL
    private let journal: Journal
    /// Batches that are not on disk yet; the least bounds what waits.
    private let waiting = DispatchSemaphore(value: 8)
    private let failure = Mutex<JournalError?>(nil)

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("bench-journal-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var logger = Logger(label: "bench")
        logger.logLevel = .warning
        (journal, _) = try Journal.open(folder: folder.path, logger: logger)
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

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }
}
