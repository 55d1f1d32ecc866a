public import ClusterState
import Foundation
import GRDB
import Model

/// The records that a journal keeps, for whoever looks into a cluster's past.
///
/// Nothing is written, and no manager may work in the folder meanwhile: the folder's lock is shared
/// for as long as it is read, so that none starts either.
public enum JournalHistory {
    /// Hands out every record that is kept, oldest first.
    ///
    /// - Parameter folder: A manager's data folder, or a copy of its `journal.db` and
    ///   `journal.db-wal`.
    public static func read(
        folder: String, _ take: (ChangeRecord) -> Void
    ) throws(JournalError) {
        let lock = try FolderShare(folder)
        defer { lock.end() }
        try Recovery(file: folder + "/journal.db").history(take)
    }
}

extension Recovery {
    /// Every record since the base, in order.
    fileprivate func history(_ take: (ChangeRecord) -> Void) throws(JournalError) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let database = try DatabaseQueue(path: file, configuration: configuration)
            try database.read { database in
                let meta = try check(database)
                let decoder = JSONDecoder()
                let rows = try Row.fetchCursor(
                    database,
                    sql: """
                        SELECT revision, time, cause, kind, key, value FROM change
                        WHERE revision > ? ORDER BY revision
                        """, arguments: [Int64(bitPattern: meta.base)])
                while let row = try rows.next() { take(try record(row, decoder)) }
            }
            try database.close()
        } catch let error as JournalError {
            throw error
        } catch {
            throw JournalError(error, file: file)
        }
    }

    /// Reads a row of `revision, time, cause, kind, key, value`.
    func record(_ row: Row, _ decoder: JSONDecoder) throws -> ChangeRecord {
        let name: String = row[3]
        guard let kind = ObjectKind(rawValue: name) else {
            throw damaged("it has a change of kind \(name), which this Muster does not know")
        }
        return ChangeRecord(
            revision: UInt64(bitPattern: row[0]), time: WallTime(milliseconds: row[1]),
            cause: row[2],
            change: try change(
                of: ObjectKey(kind: kind, key: row[4]), value: row[5], decoder))
    }
}
