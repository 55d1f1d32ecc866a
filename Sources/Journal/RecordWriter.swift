import ClusterState
import GRDB
import Model

/// Writes records: one transaction a group. It keeps nothing between transactions; what it needs to
/// know is in the file.
struct RecordWriter: Sendable {
    /// How many records the history keeps.
    let historyMaximum: Int

    /// How many records of surplus history go with one transaction beyond the number it adds, so
    /// that a lowered maximum makes no single transaction long.
    private static let pruneStep = 1_000

    func write(_ records: some Sequence<ChangeRecord>, to database: Database) throws {
        try database.inTransaction(.immediate) {
            guard var meta = try Meta(database) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "table meta was altered")
            }
            let first = meta.revision
            for record in records {
                let value = try record.change.value()
                try append(record, value: value, to: database)
                if let value {
                    meta.digest ^= try put(record, value: value, in: database)
                } else {
                    meta.digest ^= try remove(record, from: database)
                }
                meta.revision = record.revision
            }
            try prune(to: meta.revision, added: meta.revision - first, in: database)
            try meta.store(database)
            return .commit
        }
    }

    private func append(
        _ record: ChangeRecord, value: String?, to database: Database
    ) throws {
        let object = record.object
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO change (revision, time, cause, kind, key, value)
                VALUES (?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            Int64(bitPattern: record.revision), record.time.milliseconds, record.cause,
            object.kind.rawValue, object.key, value,
        ])
    }

    /// Answers what the digest changes by, as ``remove(_:from:)`` does.
    private func put(
        _ record: ChangeRecord, value: String, in database: Database
    ) throws -> Int64 {
        let object = record.object
        let revision = Int64(bitPattern: record.revision)
        let checksum = Checksum.object(object, revision: revision, value: value)
        let before = try self.checksum(of: object, in: database) ?? 0
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO object (kind, key, revision, value, checksum) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (kind, key) DO UPDATE SET revision = excluded.revision,
                value = excluded.value, checksum = excluded.checksum
                """)
        try statement.execute(arguments: [
            object.kind.rawValue, object.key, revision, value, checksum,
        ])
        guard case .serviceEvent(let event) = record.change else { return before ^ checksum }
        let surplus = try removeEvents(
            of: "\(event.service)", keeping: ClusterState.serviceEventsMaximum, from: database)
        return before ^ checksum ^ surplus
    }

    private func remove(_ record: ChangeRecord, from database: Database) throws -> Int64 {
        let object = record.object
        guard let before = try checksum(of: object, in: database) else { return 0 }
        try delete(object, from: database)
        guard case .removeService = record.change else { return before }
        return before ^ (try removeEvents(of: object.key, keeping: 0, from: database))
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

    /// Drops the oldest history beyond the maximum, a bounded piece of it each time.
    private func prune(to newest: UInt64, added: UInt64, in database: Database) throws {
        let surplus = Int64(bitPattern: newest) - Int64(historyMaximum)
        guard surplus > 0 else { return }
        let oldest = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT min(revision) FROM change"))
        guard let oldest, oldest <= surplus else { return }
        let end = min(surplus, oldest + Int64(bitPattern: added) + Int64(Self.pruneStep))
        let statement = try database.cachedStatement(sql: "DELETE FROM change WHERE revision <= ?")
        try statement.execute(arguments: [end])
    }
}
