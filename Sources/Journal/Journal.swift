public import ClusterState
import Dispatch
import GRDB
public import Logging
import Synchronization

/// Change records on disk: recovery and audit trail at once (DESIGN section 6).
///
/// Appends are written in their order, on a thread of the journal's own. Those that arrive while
/// one transaction is being written go together in the next, so that one `fsync` pays for many.
/// After a write that failed nothing is written any more, so that the file never has a gap.
public final class Journal: Sendable {
    /// Bounds of a journal.
    public struct Limits: Sendable {
        /// How many of the newest records stay readable as history.
        public var history = 200_000
        /// How long records stay readable as history, counted back from the newest.
        public var historyAge = Duration.seconds(7 * 86_400)
        /// How many records may wait for the disk before appends are refused.
        public var unsettled = 20_000
        /// How many pages the file may have; `nil` is as many as the disk holds.
        package var pages: Int?

        public init() {}
    }

    /// What was on disk when the journal was opened.
    public struct Recovered: Sendable {
        /// The fold of every record that was written; its `revision` is that of the newest.
        public var state: ClusterState
        /// How often this journal was opened, this time included. On disk before ``open`` returns.
        public var incarnation: UInt64
        /// For the random generator of this run: not that of any earlier run.
        public var seed: UInt64
    }

    /// Pages of SQLite's log that are carried over into the file together. Pages that are written
    /// again before that are carried once; the log, and what is read again after a crash, grow to
    /// about 16 MB.
    private static let checkpointPages = 4_000
    /// Pages that folding finds in memory.
    private static let cacheKibibytes = 16_384

    private struct Append: Sendable {
        let records: [ChangeRecord]
        let completion: @Sendable (Result<Void, JournalError>) -> Void
    }

    private struct Queue {
        var waiting: [Append] = []
        /// Records taken over and not yet answered, waiting or being written.
        var unsettled = 0
        /// The revision that the next record must have.
        var next: UInt64
        /// Whether ``drain(_:)`` is under way, or about to be.
        var draining = false
        /// Why nothing is taken over any more.
        var refusal: JournalError?
        /// Set once a write failed: what waits then is not written either.
        var failure: JournalError?
    }

    private let database: DatabaseQueue
    private let folder: DataFolder
    /// Held by the journal's thread alone, for as long as a transaction takes.
    private let writer: Mutex<RecordWriter>
    private let limits: Limits
    private let logger: Logger
    private let queue: Mutex<Queue>

    private init(
        database: DatabaseQueue, folder: DataFolder, limits: Limits, meta: Meta,
        rows: FoldedRows, logger: Logger
    ) {
        self.database = database
        self.folder = folder
        self.writer = Mutex(
            RecordWriter(
                meta: meta,
                folding: Folding(
                    historyMaximum: max(limits.history, 1), ageMaximum: limits.historyAge,
                    rows: rows)))
        self.limits = limits
        self.logger = logger
        self.queue = Mutex(Queue(next: meta.revision + 1))
    }

    /// Opens the journal in a folder, or makes one where there is none, and locks the folder until
    /// ``close()``. Reads the whole state and blocks the while: call it before the node's loops
    /// run.
    ///
    /// What is refused (in use, foreign, newer, damaged) is left as it was.
    public static func open(
        folder path: String, limits: Limits = Limits(), logger: Logger
    ) throws(JournalError) -> (Journal, Recovered) {
        let folder = try DataFolder(path)
        if let header = try DataFolder.head(of: folder.journal, count: 100) {
            try Format.check(header: header, file: folder.journal)
        } else {
            try create(in: folder)
        }
        let (state, meta, rows) = try Recovery(file: folder.journal).read()
        folder.removeSharedMemory()
        let (database, started) = try connect(folder, limits: limits, after: meta)
        logger.info(
            "journal opened",
            metadata: [
                "folder": "\(path)", "revision": "\(state.revision)",
                "incarnation": "\(started.incarnation)",
            ])
        let journal = Journal(
            database: database, folder: folder, limits: limits, meta: started, rows: rows,
            logger: logger)
        let recovered = Recovered(
            state: state, incarnation: started.incarnation, seed: started.seed)
        return (journal, recovered)
    }

    private static func create(in folder: DataFolder) throws(JournalError) {
        let log = folder.journal + "-wal"
        if let head = try DataFolder.head(of: log, count: 1), !head.isEmpty {
            throw .damaged(file: folder.journal, what: "it is missing, but \(log) is there")
        }
        try folder.makeDraft()
        do {
            try Format.create(folder.draft, identity: .random(in: .min ... .max))
        } catch {
            throw JournalError(error, file: folder.draft)
        }
        try folder.publishDraft()
    }

    /// Opens the connection that writes and begins a new incarnation.
    private static func connect(
        _ folder: DataFolder, limits: Limits, after recovered: Meta
    ) throws(JournalError) -> (DatabaseQueue, Meta) {
        var configuration = Configuration()
        configuration.label = "muster.journal"
        configuration.prepareDatabase { database in
            // Not locked for this connection alone: the past is read through another
            // (``PastReader``). Other managers are kept out by the folder's lock.
            try database.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA wal_autocheckpoint = \(Self.checkpointPages);
                    PRAGMA cache_size = -\(Self.cacheKibibytes);
                    PRAGMA max_page_count = \(limits.pages ?? 0xFFFF_FFFE);
                    """)
        }
        do {
            let database = try DatabaseQueue(path: folder.journal, configuration: configuration)
            let meta = try database.write { database in
                var meta = recovered
                meta.incarnation += 1
                try Format.carryOver(database, &meta)
                try meta.store(database)
                return meta
            }
            return (database, meta)
        } catch {
            throw JournalError(error, file: folder.journal)
        }
    }

    /// Records accepted whose fate is not yet known. A caller that keeps it low has no append
    /// refused.
    public var unsettled: Int { queue.withLock { $0.unsettled } }

    /// Takes over records that follow the newest one without a gap, to be written as a whole or not
    /// at all.
    ///
    /// `completion` is called once, in the order of appends, on the journal's thread: with success
    /// when the records are on disk. It must not block. Records refused at once (``JournalError``
    /// `overloaded`, `gap`, `failed`, `closed`) are told so before `append` returns, on its thread.
    public func append(
        _ records: [ChangeRecord],
        completion: @escaping @Sendable (Result<Void, JournalError>) -> Void
    ) {
        enum Answer {
            case wait, wake
            case refuse(JournalError)
        }
        let answer: Answer = queue.withLock { queue in
            if let refusal = queue.refusal { return .refuse(refusal) }
            // What comes when nothing waits is taken whatever its size: refused, it never could be.
            guard queue.unsettled == 0 || records.count <= limits.unsettled - queue.unsettled
            else {
                return .refuse(.overloaded(waiting: queue.unsettled, maximum: limits.unsettled))
            }
            var next = queue.next
            for record in records {
                guard record.revision == next else {
                    return .refuse(.gap(expected: next, found: record.revision))
                }
                next += 1
            }
            queue.next = next
            queue.unsettled += records.count
            queue.waiting.append(Append(records: records, completion: completion))
            defer { queue.draining = true }
            return queue.draining ? .wait : .wake
        }
        switch answer {
        case .wait: return
        case .wake: database.asyncWriteWithoutTransaction { self.drain($0) }
        case .refuse(let error): completion(.failure(error))
        }
    }

    /// Writes what waits, then lets go of the file and the folder. Later appends are refused.
    public func close() async {
        queue.withLock { queue in
            if queue.refusal == nil { queue.refusal = .closed }
        }
        await withCheckedContinuation { continuation in
            // The connection closes on its own thread after all that was queued there; a thread
            // outside the cooperative pool waits for it.
            DispatchQueue.global().async { [database, folder, logger] in
                do {
                    try database.close()
                } catch {
                    logger.error("journal could not be closed", metadata: ["error": "\(error)"])
                }
                folder.unlock()
                continuation.resume()
            }
        }
    }

    /// A way to look back while this journal is written. It reads on a thread of its own; while it
    /// does, SQLite's log can only grow. Close it before the journal.
    public func past(
        objectsMaximum: Int = PastReader.objectsMaximum
    ) throws(JournalError) -> PastReader {
        try PastReader(file: folder.journal, objectsMaximum: objectsMaximum)
    }

    // MARK: On the journal's thread

    private func drain(_ database: Database) {
        while let group = nextGroup() {
            let result = write(group, to: database)
            queue.withLock { queue in
                queue.unsettled -= group.reduce(0) { $0 + $1.records.count }
            }
            for append in group { append.completion(result) }
        }
    }

    private func nextGroup() -> [Append]? {
        queue.withLock { queue in
            if queue.waiting.isEmpty {
                queue.draining = false
                return nil
            }
            defer { queue.waiting = [] }
            return queue.waiting
        }
    }

    private func write(_ group: [Append], to database: Database) -> Result<Void, JournalError> {
        if let failure = queue.withLock({ $0.failure }) { return .failure(failure) }
        do {
            try writer.withLock { try $0.write(group.lazy.flatMap(\.records), to: database) }
            return .success(())
        } catch {
            let failure = JournalError(error, file: folder.journal)
            logger.critical("journal write failed", metadata: ["error": "\(failure)"])
            queue.withLock { queue in
                queue.failure = .failed(earlier: failure.description)
                queue.refusal = queue.failure
            }
            return .failure(failure)
        }
    }
}
