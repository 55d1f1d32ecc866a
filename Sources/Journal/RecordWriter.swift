import ClusterState
import GRDB
import Model

/// Writes records: one transaction a group. What it needs to know is in the file, but for where the
/// objects are in it.
struct RecordWriter: Sendable {
    var folding: Folding

    mutating func write(_ records: some Sequence<ChangeRecord>, to database: Database) throws {
        try database.inTransaction(.immediate) {
            guard var meta = try Meta(database) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "table meta was altered")
            }
            let first = meta.revision
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO change (revision, time, cause, kind, key, value, checksum)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            let text = JSONText()
            for record in records {
                try append(record, as: text, by: statement)
                meta.revision = record.revision
            }
            try folding.fold(&meta, added: meta.revision - first, in: database)
            try meta.store(database)
            return .commit
        }
    }

    private func append(
        _ record: ChangeRecord, as text: JSONText, by statement: Statement
    ) throws {
        let object = record.object
        let revision = Int64(bitPattern: record.revision)
        let value = try record.change.value(as: text)
        try statement.execute(arguments: [
            revision, record.time.milliseconds, record.cause, object.kind.rawValue, object.key,
            value, Checksum.change(object, revision: revision, value: value),
        ])
    }
}
