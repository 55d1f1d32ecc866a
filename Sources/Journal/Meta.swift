import GRDB
import Model

/// The one row of the table `meta`.
struct Meta {
    /// A random number, drawn when the journal was made.
    var identity: UInt64
    /// How often the journal was opened.
    var incarnation: UInt64 = 0
    /// That of the newest record.
    var revision: UInt64 = 0
    /// Up to which record the table `object` is the fold.
    var base: UInt64 = 0
    /// The exclusive or of the checksums of all objects.
    var digest: Int64 = 0

    init(identity: UInt64) {
        self.identity = identity
    }

    /// Reads the row; `nil` if it is not there or not what was stored.
    init?(_ database: Database) throws {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT identity, incarnation, revision, digest, checksum, base FROM meta"))
        guard let row else { return nil }
        self.init(row)
        base = UInt64(bitPattern: row[5])
        guard checksum == row[4] else { return nil }
    }

    /// The same of a file that has no base: its objects are the whole state, so that the newest
    /// change may be applied to them once more.
    init?(withoutBase database: Database) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT identity, incarnation, revision, digest, checksum FROM meta")
        guard let row else { return nil }
        self.init(row)
        guard checksumWithoutBase.value == row[4] else { return nil }
        base = revision - min(revision, 1)
    }

    private init(_ row: Row) {
        identity = UInt64(bitPattern: row[0])
        incarnation = UInt64(bitPattern: row[1])
        revision = UInt64(bitPattern: row[2])
        digest = row[3]
    }

    func store(_ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO meta
                (one, identity, incarnation, revision, base, digest, checksum)
                VALUES (1, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            Int64(bitPattern: identity), Int64(bitPattern: incarnation),
            Int64(bitPattern: revision), Int64(bitPattern: base), digest, checksum,
        ])
    }

    private var checksumWithoutBase: Checksum {
        var sum = Checksum()
        sum.add(Int64(bitPattern: identity))
        sum.add(Int64(bitPattern: incarnation))
        sum.add(Int64(bitPattern: revision))
        sum.add(digest)
        return sum
    }

    private var checksum: Int64 {
        var sum = checksumWithoutBase
        sum.add(Int64(bitPattern: base))
        return sum.value
    }

    /// A seed for the generator of this incarnation, unlike that of any other.
    var seed: UInt64 {
        var random = SeededRandom(seed: identity ^ incarnation)
        return random.next()
    }
}
