import ClusterState
import Foundation
import GRDB
import Model

/// Puts together the state as of a time: what was at the base, and the records since.
struct PastState {
    let file: String
    let maximum: Int

    func fold(_ database: Database, _ time: WallTime) throws -> ClusterState {
        let recovery = Recovery(file: file)
        let meta = try recovery.meta(database)
        let first = Int64(bitPattern: meta.base) + 1
        guard let end = try RecordTimes(database, from: first).last(until: time) else {
            let oldest = try Int64.fetchOne(
                database, sql: "SELECT time FROM change WHERE revision = ?", arguments: [first])
            throw PastError.notKept(oldest: oldest.map { WallTime(milliseconds: $0) })
        }
        try checkSize(database, meta, end)
        return try recovery.fold(database, meta, until: UInt64(bitPattern: end))
    }

    /// The state as of a revision.
    func fold(_ database: Database, _ revision: UInt64) throws -> ClusterState {
        let recovery = Recovery(file: file)
        let meta = try recovery.meta(database)
        if revision == 0, meta.base == 0 { return ClusterState() }
        guard revision > meta.base, revision <= meta.revision else {
            let oldest = try Int64.fetchOne(
                database, sql: "SELECT time FROM change WHERE revision = ?",
                arguments: [Int64(bitPattern: meta.base) + 1])
            throw PastError.notKept(oldest: oldest.map { WallTime(milliseconds: $0) })
        }
        try checkSize(database, meta, Int64(bitPattern: revision))
        return try recovery.fold(database, meta, until: revision)
    }

    /// The revision as of a time. The oldest state that can be shown is that of the first record
    /// after the base, unless nothing was before that.
    func revision(_ database: Database, _ time: WallTime) throws -> UInt64 {
        let meta = try Recovery(file: file).meta(database)
        let last = try RecordTimes(database, from: Int64(bitPattern: meta.base) + 1)
            .last(until: time)
        if let last { return UInt64(bitPattern: last) }
        return meta.base == 0 ? 0 : min(meta.base + 1, meta.revision)
    }

    private func checkSize(_ database: Database, _ meta: Meta, _ end: Int64) throws {
        let table = try Recovery(file: file).objects(database, meta)
        let objects = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
        // Most of the changes since are of objects that are there already, or of one another's.
        let since =
            try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM
                    (SELECT DISTINCT kind, key FROM change WHERE revision > ? AND revision <= ?
                    EXCEPT SELECT kind, key FROM \(table))
                    """, arguments: [Int64(bitPattern: meta.base), end]) ?? 0
        let count = objects + since
        guard count <= maximum else {
            throw PastError.tooLarge(objects: count, maximum: maximum)
        }
    }
}

/// Finds records by their times. Civil time may have jumped back, so that a time has passed more
/// than once: then one of those moments is meant.
struct RecordTimes {
    private let database: Database
    private let first: Int64
    private let last: Int64

    /// - Parameter first: Records before this revision are not looked at; those after it are all
    ///   there.
    init(_ database: Database, from first: Int64) throws {
        self.database = database
        self.first = first
        last = try Int64.fetchOne(database, sql: "SELECT max(revision) FROM change") ?? 0
    }

    /// The revision of the newest record until `time`; `nil` when all are later.
    func last(until time: WallTime) throws -> Int64? {
        var low = first - 1
        var high = last
        while low < high {
            let middle = low + (high - low + 1) / 2
            if try self.time(of: middle) <= time.milliseconds {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low >= first ? low : nil
    }

    private func time(of revision: Int64) throws -> Int64 {
        let time = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT time FROM change WHERE revision = ?"),
            arguments: [revision])
        guard let time else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "change \(revision) is missing")
        }
        return time
    }
}
