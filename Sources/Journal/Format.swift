import GRDB
import Model

/// What makes a file a journal of Muster's: its marks in SQLite's header, and its tables.
///
/// - `object` holds the newest value of each object: the state. `change` holds the newest records,
///   in order, for people and tools. `meta` has one row.
/// - `meta.digest` is the exclusive or of all checksums in `object`, so that a row that vanished
///   is noticed as surely as one that was altered.
enum Format {
    /// `MUST` in SQLite's `application_id`.
    static let application = 0x4D55_5354
    /// SQLite's `user_version`. A change that an older Muster can't read makes it grow.
    static let version = 1

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
                        CREATE TABLE object (
                            kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,
                            value TEXT NOT NULL, checksum INTEGER NOT NULL,
                            PRIMARY KEY (kind, key));
                        CREATE TABLE change (
                            revision INTEGER PRIMARY KEY, time INTEGER NOT NULL,
                            cause TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
                            value TEXT);
                        CREATE TABLE meta (
                            one INTEGER PRIMARY KEY CHECK (one = 1), identity INTEGER NOT NULL,
                            incarnation INTEGER NOT NULL, revision INTEGER NOT NULL,
                            digest INTEGER NOT NULL, checksum INTEGER NOT NULL);
                        """)
                try Meta(identity: identity).store(database)
                return .commit
            }
            try database.execute(sql: "PRAGMA journal_mode = WAL")
        }
        try database.close()
    }
}

/// The one row of the table `meta`.
struct Meta {
    /// A random number, drawn when the journal was made.
    var identity: UInt64
    /// How often the journal was opened.
    var incarnation: UInt64 = 0
    /// That of the newest record.
    var revision: UInt64 = 0
    /// The exclusive or of the checksums of all objects.
    var digest: Int64 = 0

    init(identity: UInt64) {
        self.identity = identity
    }

    /// Reads the row; `nil` if it is not there or not what was stored.
    init?(_ database: Database) throws {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT identity, incarnation, revision, digest, checksum FROM meta"))
        guard let row else { return nil }
        identity = UInt64(bitPattern: row[0])
        incarnation = UInt64(bitPattern: row[1])
        revision = UInt64(bitPattern: row[2])
        digest = row[3]
        guard checksum == row[4] else { return nil }
    }

    func store(_ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO meta (one, identity, incarnation, revision, digest, checksum)
                VALUES (1, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            Int64(bitPattern: identity), Int64(bitPattern: incarnation),
            Int64(bitPattern: revision), digest, checksum,
        ])
    }

    private var checksum: Int64 {
        var sum = Checksum()
        sum.add(Int64(bitPattern: identity))
        sum.add(Int64(bitPattern: incarnation))
        sum.add(Int64(bitPattern: revision))
        sum.add(digest)
        return sum.value
    }

    /// A seed for the generator of this incarnation, unlike that of any other.
    var seed: UInt64 {
        var random = SeededRandom(seed: identity ^ incarnation)
        return random.next()
    }
}
