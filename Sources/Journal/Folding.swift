import GRDB
import Model

/// Folds the oldest changes into the table `object` and drops them, once there are more than are
/// to be kept.
///
/// A commit only appends, in the order of revisions, which is what a disk does best, and so does
/// this: an object's row moves to the end of its table, and the one that it had is deleted.
struct Folding: Sendable {
    /// How many records the history keeps.
    let historyMaximum: Int
    /// How long the history keeps them, counted back from the newest.
    let ageMaximum: Duration
    /// What is in the table `object`. After a failed transaction it is wrong, and none follows.
    var rows: FoldedRows

    /// How many records of surplus history go with one transaction beyond the number it adds, so
    /// that a lowered maximum makes no single transaction long.
    private static let step = 1_000

    /// Folds a bounded piece.
    ///
    /// - Parameter added: How many records the transaction adds.
    mutating func fold(_ meta: inout Meta, added: UInt64, in database: Database) throws {
        let surplus = Int64(bitPattern: meta.revision) - Int64(historyMaximum)
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT revision, time FROM change ORDER BY revision LIMIT 1"))
        guard let row else { return }
        let oldest: Int64 = row[0]
        let reach = oldest + Int64(bitPattern: added) + Int64(Self.step)
        let end = max(
            min(surplus, reach),
            try aged(from: oldest, at: row[1], to: reach, newest: meta.revision, in: database))
        guard end >= oldest else { return }
        let base = Int64(bitPattern: meta.base)
        if end > base {
            meta.digest ^= try put(changesAfter: base, to: end, in: database)
            meta.base = UInt64(bitPattern: end)
        }
        let statement = try database.cachedStatement(sql: "DELETE FROM change WHERE revision <= ?")
        try statement.execute(arguments: [end])
    }

    /// The last revision of those that are too old; 0 when none is. The newest never is.
    private func aged(
        from oldest: Int64, at time: Int64, to reach: Int64, newest: UInt64, in database: Database
    ) throws -> Int64 {
        let last = Int64(bitPattern: newest)
        let present = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT time FROM change WHERE revision = ?"),
            arguments: [last])
        guard let present, time < present - ageMaximum.milliseconds else { return 0 }
        return try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT max(revision) FROM change WHERE revision <= ? AND time < ?"),
            arguments: [min(reach, last - 1), present - ageMaximum.milliseconds]) ?? 0
    }

    /// Answers what the digest changes by.
    private mutating func put(
        changesAfter base: Int64, to end: Int64, in database: Database
    ) throws -> Int64 {
        var (obsolete, digest) = try takeIn(changesAfter: base, to: end, in: database)
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO object (revision, kind, key, value, checksum)
                SELECT revision, kind, key, value, checksum FROM change
                WHERE revision > ? AND revision <= ? AND value IS NOT NULL ORDER BY revision
                """)
        try statement.execute(arguments: [base, end])
        obsolete.sort()
        for revision in obsolete { digest ^= try delete(revision, from: database) }
        return digest
    }

    /// Notes where the objects are from now on.
    ///
    /// - Returns: The rows that are thereby obsolete, some of them among the new ones, and what the
    ///   new ones change the digest by.
    private mutating func takeIn(
        changesAfter base: Int64, to end: Int64, in database: Database
    ) throws -> (obsolete: [Int64], digest: Int64) {
        let statement = try database.cachedStatement(
            sql: """
                SELECT kind, key, revision, checksum, value IS NULL FROM change
                WHERE revision > ? AND revision <= ? ORDER BY revision
                """)
        let changes = try Row.fetchCursor(statement, arguments: [base, end])
        var obsolete: [Int64] = []
        var digest: Int64 = 0
        while let change = try changes.next() {
            guard let kind = ObjectKind(rawValue: change[0]) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a change of no kind")
            }
            let object = ObjectKey(kind: kind, key: change[1])
            if change[4] {
                obsolete += rows.remove(object)
            } else {
                digest ^= change[3]
                if let row = rows.put(object, at: change[2]) { obsolete.append(row) }
            }
        }
        return (obsolete, digest)
    }

    private func delete(_ revision: Int64, from database: Database) throws -> Int64 {
        let checksum = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT checksum FROM object WHERE revision = ?"),
            arguments: [revision])
        guard let checksum else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "the object of change \(revision) is missing")
        }
        let statement = try database.cachedStatement(sql: "DELETE FROM object WHERE revision = ?")
        try statement.execute(arguments: [revision])
        return checksum
    }
}
