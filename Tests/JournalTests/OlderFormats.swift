import GRDB

@testable import Journal

extension Scratch {
    /// Makes the journal what a Muster of the second format would have left: the objects at the
    /// base have a table of their own, by kind and key.
    func setBackToSecondFormat() throws {
        let database = try DatabaseQueue(path: file)
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE object (
                        kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,
                        value TEXT NOT NULL, checksum INTEGER NOT NULL,
                        PRIMARY KEY (kind, key));
                    INSERT INTO object SELECT kind, key, revision, value, checksum FROM change
                        WHERE revision <= (SELECT base FROM meta) ORDER BY kind, key;
                    DELETE FROM change WHERE revision <= (SELECT base FROM meta);
                    PRAGMA user_version = 2;
                    """)
        }
        try database.close()
    }

    /// Makes the journal what a Muster of the first format would have left: the objects are the
    /// whole state, no change has a checksum, and `meta` no base.
    ///
    /// The history must have one record, so that all others are in the objects.
    func setBackToFirstFormat() throws {
        try setBackToSecondFormat()
        let database = try DatabaseQueue(path: file)
        try database.write { database in
            guard var meta = try Meta(database), meta.base == meta.revision - 1 else {
                throw DatabaseError(message: "not all but the newest record is folded")
            }
            try database.execute(
                sql: """
                    DELETE FROM object WHERE (kind, key) IN (SELECT kind, key FROM change);
                    DELETE FROM object WHERE kind = 'serviceEvent' AND EXISTS (
                        SELECT 1 FROM change WHERE change.kind = 'service' AND value IS NULL
                        AND object.key LIKE change.key || '/%');
                    INSERT INTO object SELECT kind, key, revision, value, checksum FROM change
                        WHERE value IS NOT NULL;
                    ALTER TABLE change DROP COLUMN checksum;
                    ALTER TABLE meta DROP COLUMN base;
                    PRAGMA user_version = 1;
                    """)
            meta.digest = try Int64.fetchAll(database, sql: "SELECT checksum FROM object")
                .reduce(0, ^)
            var sum = Checksum()
            sum.add(Int64(bitPattern: meta.identity))
            sum.add(Int64(bitPattern: meta.incarnation))
            sum.add(Int64(bitPattern: meta.revision))
            sum.add(meta.digest)
            try database.execute(
                sql: "UPDATE meta SET digest = ?, checksum = ?",
                arguments: [meta.digest, sum.value])
        }
        try database.close()
    }
}
