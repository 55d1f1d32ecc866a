import ClusterState
import GRDB
import Model

/// Folds the oldest changes into the table `object` and drops them, once there are more than are
/// to be kept.
///
/// A commit only appends, in the order of revisions, which is what a disk does best; the objects
/// are all over their table. What is changed again within a piece is written once.
struct Folding: Sendable {
    /// How many records the history keeps.
    let historyMaximum: Int
    /// How long the history keeps them, counted back from the newest.
    let ageMaximum: Duration

    /// How many records of surplus history go with one transaction beyond the number it adds, so
    /// that a lowered maximum makes no single transaction long.
    private static let step = 1_000

    /// Folds a bounded piece.
    ///
    /// - Parameter added: How many records the transaction adds.
    func fold(_ meta: inout Meta, added: UInt64, in database: Database) throws {
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

    /// Answers what the digest changes by, as the functions below do.
    private func put(
        changesAfter base: Int64, to end: Int64, in database: Database
    ) throws -> Int64 {
        let newest = try self.newest(after: base, to: end, in: database)
        var digest: Int64 = 0
        var services: Set<String> = []
        for change in newest {
            if change.isRemoval {
                digest ^= try remove(change.object, from: database)
            } else {
                digest ^= try put(change, in: database)
            }
            if change.object.kind == .serviceEvent {
                services.insert(String(change.object.key.prefix { $0 != "/" }))
            }
        }
        for service in services {
            digest ^= try removeEvents(
                of: service, keeping: ClusterState.serviceEventsMaximum, from: database)
        }
        return digest
    }

    private struct Newest {
        var object: ObjectKey
        var revision: Int64
        var checksum: Int64
        var isRemoval: Bool
    }

    /// The newest change of each object, in the order of revisions.
    private func newest(
        after base: Int64, to end: Int64, in database: Database
    ) throws -> [Newest] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT kind, key, revision, checksum, value IS NULL FROM change
                WHERE revision > ? AND revision <= ? ORDER BY revision DESC
                """)
        let rows = try Row.fetchCursor(statement, arguments: [base, end])
        var seen: Set<ObjectKey> = []
        var newest: [Newest] = []
        while let row = try rows.next() {
            guard let kind = ObjectKind(rawValue: row[0]) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a change of no kind")
            }
            let object = ObjectKey(kind: kind, key: row[1])
            guard seen.insert(object).inserted else { continue }
            newest.append(
                Newest(object: object, revision: row[2], checksum: row[3], isRemoval: row[4]))
        }
        return newest.reversed()
    }

    private func put(_ change: Newest, in database: Database) throws -> Int64 {
        let before = try checksum(of: change.object, in: database) ?? 0
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO object (kind, key, revision, value, checksum)
                SELECT kind, key, revision, value, checksum FROM change WHERE revision = ?
                """)
        try statement.execute(arguments: [change.revision])
        return before ^ change.checksum
    }

    private func remove(_ object: ObjectKey, from database: Database) throws -> Int64 {
        var digest: Int64 = 0
        if let before = try checksum(of: object, in: database) {
            try delete(object, from: database)
            digest = before
        }
        guard object.kind == .service else { return digest }
        return digest ^ (try removeEvents(of: object.key, keeping: 0, from: database))
    }

    private func removeEvents(
        of service: String, keeping count: Int, from database: Database
    ) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: """
                SELECT key, checksum FROM object WHERE kind = 'serviceEvent' AND key > ? AND key < ?
                ORDER BY key DESC LIMIT -1 OFFSET ?
                """)
        // "0" is the character after "/": the keys between are those of the service.
        let rows = try Row.fetchAll(
            statement, arguments: ["\(service)/", "\(service)0", count])
        var digest: Int64 = 0
        for row in rows {
            try delete(ObjectKey(kind: .serviceEvent, key: row[0]), from: database)
            digest ^= row[1]
        }
        return digest
    }

    private func checksum(of object: ObjectKey, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT checksum FROM object WHERE kind = ? AND key = ?"),
            arguments: [object.kind.rawValue, object.key])
    }

    private func delete(_ object: ObjectKey, from database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "DELETE FROM object WHERE kind = ? AND key = ?")
        try statement.execute(arguments: [object.kind.rawValue, object.key])
    }
}
