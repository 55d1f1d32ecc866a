import GRDB
import Model

/// What makes a file a journal of Muster's: its marks in SQLite's header, and its tables.
///
/// - `change` holds all records since the revision `meta.base`, in order, and of those until then
///   the last one of each object that was there at the base: together they are the state. `meta`
///   has one row.
/// - `meta.digest` is the exclusive or of the checksums of the rows until the base, so that a row
///   that vanished is noticed as surely as one that was altered.
enum Format {
    /// `MUST` in SQLite's `application_id`.
    static let application = 0x4D55_5354
    /// SQLite's `user_version`. A change that an older Muster can't read makes it grow.
    static let version = 3
    /// The first version: `object` held the state, `change` had no checksums, `meta` no base.
    static let versionWithoutBase = 1
    /// The last version whose objects at the base had a table of their own, `object`.
    static let versionWithObjects = 2

    /// Says whether a file's first 100 bytes are those of a journal, before SQLite touches it.
    static func check(header: [UInt8], file: String) throws(JournalError) {
        guard header.starts(with: Array("SQLite format 3\0".utf8)), header.count >= 100 else {
            if header.isEmpty { throw .damaged(file: file, what: "it is empty") }
            throw .foreign(file: file, found: "it is no SQLite database, or it was cut short")
        }
        let application = word(header, at: 68)
        guard application == Self.application else {
            throw .foreign(
                file: file, found: "it is an SQLite database of application \(application)")
        }
        let version = word(header, at: 60)
        guard version <= Self.version else {
            throw .newerFormat(file: file, found: version, known: Self.version)
        }
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Fills an empty file. `identity` is a random number of this journal's own.
    static func create(_ file: String, identity: UInt64) throws {
        let database = try DatabaseQueue(path: file)
        try database.writeWithoutTransaction { database in
            try database.inTransaction {
                try database.execute(
                    sql: """
                        PRAGMA application_id = \(application);
                        PRAGMA user_version = \(version);
                        CREATE TABLE change (
                            revision INTEGER PRIMARY KEY, time INTEGER NOT NULL,
                            cause TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
                            value TEXT, checksum INTEGER NOT NULL);
                        CREATE TABLE meta (
                            one INTEGER PRIMARY KEY CHECK (one = 1), identity INTEGER NOT NULL,
                            incarnation INTEGER NOT NULL, revision INTEGER NOT NULL,
                            base INTEGER NOT NULL, digest INTEGER NOT NULL,
                            checksum INTEGER NOT NULL);
                        """)
                try Meta(identity: identity).store(database)
                return .commit
            }
            try database.execute(sql: "PRAGMA journal_mode = WAL")
        }
        try database.close()
    }

    /// Makes a file of an older version one of this.
    ///
    /// - Parameter meta: What was read of it; it is to be stored in the same transaction.
    static func carryOver(_ database: Database, _ meta: inout Meta) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found < version else { return }
        if found == versionWithoutBase { try addBase(database, &meta) }
        try database.execute(
            sql: "DELETE FROM change WHERE revision <= ?",
            arguments: [Int64(bitPattern: meta.base)])
        try database.execute(
            sql: """
                INSERT INTO change (revision, time, cause, kind, key, value, checksum)
                    SELECT revision, 0, '', kind, key, value, checksum FROM object
                    ORDER BY revision;
                DROP TABLE object;
                PRAGMA user_version = \(version);
                """)
    }

    private static func addBase(_ database: Database, _ meta: inout Meta) throws {
        try database.execute(
            sql: """
                ALTER TABLE change ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE meta ADD COLUMN base INTEGER NOT NULL DEFAULT 0;
                """)
        let base = Int64(bitPattern: meta.base)
        let newest = try Row.fetchOne(
            database, sql: "SELECT kind, key, revision, value FROM change WHERE revision > ?",
            arguments: [base])
        guard let newest, let kind = ObjectKind(rawValue: newest[0]) else { return }
        try database.execute(
            sql: "UPDATE change SET checksum = ? WHERE revision > ?",
            arguments: [
                Checksum.change(
                    ObjectKey(kind: kind, key: newest[1]), revision: newest[2], value: newest[3]),
                base,
            ])
        // What is to be folded is no object yet.
        let early = try Int64.fetchOne(
            database, sql: "SELECT checksum FROM object WHERE revision > ?", arguments: [base])
        guard let early else { return }
        meta.digest ^= early
        try database.execute(
            sql: "DELETE FROM object WHERE revision > ?", arguments: [base])
    }
}
