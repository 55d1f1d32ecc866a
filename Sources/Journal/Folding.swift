import GRDB
import Model

/// Moves the base on, once there are more records than are to be kept: of those until the base it
/// drops what a later one of the same object until then makes obsolete.
///
/// A commit only appends, in the order of revisions, which is what a disk does best. What stays of
/// the records stays where it is, and what goes mostly stood together.
struct Folding: Sendable {
    /// How many records the history keeps.
    let historyMaximum: Int
    /// How long the history keeps them, counted back from the newest.
    let ageMaximum: Duration
    /// What is there until the base. After a failed transaction it is wrong, and none follows.
    private var rows: FoldedRows
    /// The oldest record of the history, once it was looked at.
    private var oldest: (revision: Int64, time: Int64)?

    init(historyMaximum: Int, ageMaximum: Duration, rows: FoldedRows) {
        self.historyMaximum = historyMaximum
        self.ageMaximum = ageMaximum
        self.rows = rows
    }

    /// How many records of surplus history go with one transaction beyond the number it adds, so
    /// that a lowered maximum makes no single transaction long.
    private static let step = 1_000

    /// Folds a bounded piece.
    ///
    /// - Parameters:
    ///   - added: How many records the transaction adds.
    ///   - now: The time of the newest of them.
    mutating func fold(
        _ meta: inout Meta, added: UInt64, at now: WallTime, in database: Database
    ) throws {
        let base = Int64(bitPattern: meta.base)
        let surplus = Int64(bitPattern: meta.revision) - Int64(historyMaximum)
        let reach = base + 1 + Int64(bitPattern: added) + Int64(Self.step)
        let end = max(
            min(surplus, reach),
            try aged(
                after: base, to: min(reach, Int64(bitPattern: meta.revision) - 1), at: now,
                in: database))
        guard end > base else { return }
        var (obsolete, digest) = try takeIn(changesAfter: base, to: end, in: database)
        obsolete.sort()
        for revision in obsolete { digest ^= try delete(revision, from: database) }
        meta.digest ^= digest
        meta.base = UInt64(bitPattern: end)
    }

    /// The last revision of those that are too old; 0 when none is. The newest never is.
    private mutating func aged(
        after base: Int64, to reach: Int64, at now: WallTime, in database: Database
    ) throws -> Int64 {
        let limit = now.milliseconds - ageMaximum.milliseconds
        guard let oldest = try oldestTime(after: base, in: database), oldest < limit else {
            return 0
        }
        return try Int64.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT max(revision) FROM change
                    WHERE revision > ? AND revision <= ? AND time < ?
                    """), arguments: [base, reach, limit]) ?? 0
    }

    private mutating func oldestTime(after base: Int64, in database: Database) throws -> Int64? {
        if let oldest, oldest.revision == base + 1 { return oldest.time }
        let time = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT time FROM change WHERE revision = ?"),
            arguments: [base + 1])
        oldest = time.map { (base + 1, $0) }
        return time
    }

    /// Notes where the objects are from now on.
    ///
    /// - Returns: The rows that are thereby obsolete, some of them among these changes, and what
    ///   these change the digest by.
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
            digest ^= change[3]
            if change[4] {
                obsolete += rows.remove(object) + [change[2]]
            } else {
                if let row = rows.put(object, at: change[2]) { obsolete.append(row) }
            }
        }
        return (obsolete, digest)
    }

    private func delete(_ revision: Int64, from database: Database) throws -> Int64 {
        let checksum = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT checksum FROM change WHERE revision = ?"),
            arguments: [revision])
        guard let checksum else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "change \(revision) is missing")
        }
        let statement = try database.cachedStatement(sql: "DELETE FROM change WHERE revision = ?")
        try statement.execute(arguments: [revision])
        return checksum
    }
}
