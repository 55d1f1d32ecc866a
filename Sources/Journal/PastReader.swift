public import ClusterState
import Foundation
import GRDB
public import Model

/// The past of a cluster, read through a connection of its own that can't write: of a running
/// manager's journal (``Journal/past(objectsMaximum:)``), or of a folder that none works in.
public final class PastReader: Past {
    private let database: DatabaseQueue
    private let file: String
    private let objectsMaximum: Int
    /// The lock of a folder that no manager works in.
    private let lock: FolderShare?

    /// The most objects that a manager puts together to show the state as of a time: each takes
    /// about a kilobyte and 30 microseconds.
    public static let objectsMaximum = 250_000

    init(file: String, objectsMaximum: Int, lock: FolderShare? = nil) throws(JournalError) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "muster.past"
        do {
            database = try DatabaseQueue(path: file, configuration: configuration)
        } catch {
            throw JournalError(error, file: file)
        }
        self.file = file
        self.objectsMaximum = objectsMaximum
        self.lock = lock
    }

    /// Opens the folder of a manager that is stopped, and shares its lock, so that none starts.
    ///
    /// - Parameter folder: A manager's data folder, or a copy of its `journal.db` and
    ///   `journal.db-wal`.
    public static func open(
        folder: String, objectsMaximum: Int = .max
    ) throws(JournalError) -> PastReader {
        let file = folder + "/journal.db"
        let lock = try FolderShare(folder)
        let reader = try PastReader(file: file, objectsMaximum: objectsMaximum, lock: lock)
        do {
            try reader.database.read { database in
                try Recovery(file: file).checkStructure(database)
            }
        } catch let error as JournalError {
            throw error
        } catch {
            throw JournalError(error, file: file)
        }
        return reader
    }

    /// Lets go of the file; what is asked afterwards is answered with an error.
    public func close() {
        try? database.close()
        lock?.end()
    }

    public func records(_ query: RecordQuery) throws(PastError) -> RecordPage {
        try read { try RecordSearch(query, file: self.file).run($0) }
    }

    public func state(asOf time: WallTime) throws(PastError) -> ClusterState {
        try read { try PastState(file: self.file, maximum: self.objectsMaximum).fold($0, time) }
    }

    public func state(at revision: UInt64) throws(PastError) -> ClusterState {
        try read { try PastState(file: self.file, maximum: self.objectsMaximum).fold($0, revision) }
    }

    public func revision(asOf time: WallTime) throws(PastError) -> UInt64 {
        try read { try PastState(file: self.file, maximum: self.objectsMaximum).revision($0, time) }
    }

    public func keys(named name: String, maximum: Int) throws(PastError) -> [String] {
        try read { database in
            let encoded = try JSONText().encode(name)
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            let others =
                version > Format.versionWithObjects
                ? "" : "UNION ALL SELECT key, revision, kind, value FROM object"
            return try String.fetchAll(
                database,
                sql: """
                    SELECT key FROM (SELECT key, max(revision) AS newest FROM
                    (SELECT key, revision, kind, value FROM change \(others))
                    WHERE (kind IN ('cluster', 'service', 'instance') AND instr(value, ?) > 0)
                    OR (kind IN ('instance', 'task') AND length(?) >= 6 AND instr(key, ?) = 1)
                    GROUP BY kind, key) ORDER BY newest DESC LIMIT ?
                    """,
                arguments: ["\"name\":\(encoded)", name, name, maximum])
        }
    }

    private func read<Value>(
        _ body: (Database) throws -> Value
    ) throws(PastError) -> Value {
        do {
            return try database.read(body)
        } catch let error as PastError {
            throw error
        } catch let error as JournalError {
            throw .unreadable(error.description)
        } catch {
            throw .unreadable(JournalError(error, file: file).description)
        }
    }
}
