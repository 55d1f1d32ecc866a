import ClusterState
import GRDB
import Model

/// Writes records: one transaction a group. After a failed one it must not be used.
struct RecordWriter: Sendable {
    /// As it is in the file.
    private var meta: Meta
    private var folding: Folding

    init(meta: Meta, folding: Folding) {
        self.meta = meta
        self.folding = folding
    }

    mutating func write(_ records: some Sequence<ChangeRecord>, to database: Database) throws {
        try database.inTransaction(.immediate) {
            let first = meta.revision
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO change (revision, time, cause, kind, key, value, checksum)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            let text = JSONText()
            var now = WallTime(milliseconds: 0)
            for record in records {
                try append(record, as: text, by: statement)
                meta.revision = record.revision
                now = record.time
            }
            try folding.fold(&meta, added: meta.revision - first, at: now, in: database)
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
