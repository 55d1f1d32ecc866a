import ClusterState
import Foundation
import GRDB
import Model

/// Reads a journal through a connection that can't write, checking all that the state rests on.
/// What it refuses stays as it was, for a person to look into.
struct Recovery {
    let file: String

    func read() throws(JournalError) -> (state: ClusterState, meta: Meta, rows: FoldedRows) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let database = try DatabaseQueue(path: file, configuration: configuration)
            let recovered = try database.read { database in
                let meta = try check(database)
                var rows = FoldedRows()
                let state = try fold(database, meta, until: meta.revision) { object, revision in
                    // In a file of the first format the newest is a change too, to be folded yet.
                    guard UInt64(bitPattern: revision) <= meta.base else { return }
                    _ = rows.put(object, at: revision)
                }
                return (state, meta, rows)
            }
            try database.close()
            return recovered
        } catch let error as JournalError {
            throw error
        } catch {
            throw JournalError(error, file: file)
        }
    }

    /// All but the rows themselves.
    func check(_ database: Database) throws -> Meta {
        try checkStructure(database)
        let meta = try meta(database)
        try checkHistory(database, meta)
        return meta
    }

    /// The one row of `meta`, whatever version the file has.
    func meta(_ database: Database) throws -> Meta {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let meta =
            version == Format.versionWithoutBase
            ? try Meta(withoutBase: database) : try Meta(database)
        guard let meta else { throw damaged("its table meta was altered") }
        return meta
    }

    func damaged(_ what: String) -> JournalError { .damaged(file: file, what: what) }

    func checkStructure(_ database: Database) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= Format.version else {
            throw JournalError.newerFormat(file: file, found: version, known: Format.version)
        }
        let finding = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard finding == "ok" else { throw damaged(finding) }
    }

    /// The rows of the objects at the base, as a table in SQL.
    func objects(_ database: Database, _ meta: Meta) throws -> String {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if version <= Format.versionWithObjects { return "object" }
        return "(SELECT * FROM change WHERE revision <= \(Int64(bitPattern: meta.base)))"
    }

    /// The records since the base are there without a gap.
    private func checkHistory(_ database: Database, _ meta: Meta) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT count(*), max(revision) FROM change WHERE revision > ?",
            arguments: [Int64(bitPattern: meta.base)])
        guard let row, let count: Int64 = row[0] else { throw damaged("no history can be read") }
        let last: Int64 = row[1] ?? 0
        guard UInt64(bitPattern: last) == meta.revision,
            count == last - Int64(bitPattern: meta.base)
        else {
            throw damaged(
                "its history has \(count) changes until \(last), but its objects are those of "
                    + "\(meta.base) and the newest is \(meta.revision)")
        }
    }

    /// Puts each object once, in the order in which they were changed last, as it was when the
    /// manager did it.
    ///
    /// - Parameters:
    ///   - end: The revision that the state is of, the base or a later one.
    ///   - seen: Told of each object at the base.
    func fold(
        _ database: Database, _ meta: Meta, until end: UInt64,
        seen: (ObjectKey, _ revision: Int64) -> Void = { _, _ in }
    ) throws -> ClusterState {
        let newest = try newestChanges(database, after: meta.base, until: end)
        var state = ClusterState()
        let decoder = JSONDecoder()
        var sharing = TaskSharing()
        try readObjects(database, meta) { object, row in
            seen(object, row[2])
            guard newest[object] == nil else { return }
            state.apply(try change(of: object, row, decoder, &sharing))
        }
        try readChanges(database, after: meta.base, until: end) { object, row in
            let revision: Int64 = row[2]
            guard newest[object] == revision else { return }
            state.apply(try change(of: object, row, decoder, &sharing))
        }
        guard state.revision == end else {
            throw damaged("its state ends at \(state.revision), its history at \(end)")
        }
        return state
    }

    /// By object, the revision of the newest change since the base.
    private func newestChanges(
        _ database: Database, after base: UInt64, until end: UInt64
    ) throws -> [ObjectKey: Int64] {
        var newest: [ObjectKey: Int64] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT kind, key, revision FROM change
                WHERE revision > ? AND revision <= ? ORDER BY revision
                """, arguments: [Int64(bitPattern: base), Int64(bitPattern: end)])
        while let row = try rows.next() { newest[try object(row)] = row[2] }
        return newest
    }

    /// Hands out the rows of the objects at the base, checked, in the order of revisions.
    func readObjects(
        _ database: Database, _ meta: Meta, _ take: (ObjectKey, Row) throws -> Void
    ) throws {
        var digest: Int64 = 0
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT kind, key, revision, value, checksum FROM \(objects(database, meta))
                ORDER BY revision
                """)
        while let row = try rows.next() {
            let object = try object(row)
            let checksum = Checksum.change(object, revision: row[2], value: row[3])
            guard checksum == row[4] else { throw altered(object) }
            digest ^= checksum
            try take(object, row)
        }
        guard digest == meta.digest else { throw damaged("objects are missing from it") }
    }

    /// Hands out the rows of the table `change`, checked, in the order of revisions.
    private func readChanges(
        _ database: Database, after base: UInt64, until end: UInt64,
        _ take: (ObjectKey, Row) throws -> Void
    ) throws {
        let hasChecksum = try database.columns(in: "change").contains { $0.name == "checksum" }
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT kind, key, revision, value, \(hasChecksum ? "checksum" : "NULL") FROM change
                WHERE revision > ? AND revision <= ? ORDER BY revision
                """, arguments: [Int64(bitPattern: base), Int64(bitPattern: end)])
        while let row = try rows.next() {
            let object = try object(row)
            let checksum: Int64? = row[4]
            if let checksum,
                checksum != Checksum.change(object, revision: row[2], value: row[3])
            {
                throw altered(object)
            }
            try take(object, row)
        }
    }

    private func object(_ row: Row) throws -> ObjectKey {
        let name: String = row[0]
        guard let kind = ObjectKind(rawValue: name) else {
            throw damaged("it has an object of kind \(name), which this Muster does not know")
        }
        return ObjectKey(kind: kind, key: row[1])
    }

    private func altered(_ object: ObjectKey) -> JournalError {
        damaged("\(object.kind.rawValue) \(object.key) was altered")
    }

    /// What a row says, as the fold takes it.
    private func change(
        of object: ObjectKey, _ row: Row, _ decoder: JSONDecoder, _ sharing: inout TaskSharing
    ) throws -> ChangeRecord {
        var change = try change(of: object, value: row[3], decoder)
        if case .task(var task) = change {
            sharing.share(&task)
            change = .task(task)
        }
        return ChangeRecord(
            revision: UInt64(bitPattern: row[2]), time: WallTime(milliseconds: 0),
            cause: "recovery", change: change)
    }

    /// - Parameter value: JSON; `nil` for a removal.
    func change(
        of object: ObjectKey, value: String?, _ decoder: JSONDecoder
    ) throws -> Change {
        let name = "\(object.kind.rawValue) \(object.key)"
        do {
            if let value { return try Change(object.kind, value: Data(value.utf8), decoder) }
        } catch {
            throw damaged("\(name) can't be read: \(error)")
        }
        guard let removal = Change(removing: object) else {
            throw damaged("\(name) is removed, which it can't be")
        }
        return removal
    }
}

extension JournalError {
    /// What SQLite's word means for the person who runs the manager.
    init(_ error: any Error, file: String) {
        let folder = (file as NSString).deletingLastPathComponent
        guard let error = error as? DatabaseError else {
            self = .unusable(file: file, reason: "\(error)")
            return
        }
        let message = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(folder: folder)
        // What SQLite says when it can't make its shared memory or its log longer.
        case .SQLITE_IOERR where DataFolder.isFull(folder): self = .full(folder: folder)
        case .SQLITE_CORRUPT, .SQLITE_ERROR: self = .damaged(file: file, what: message)
        case .SQLITE_NOTADB: self = .foreign(file: file, found: message)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self = .unusable(file: file, reason: "another program has it open (\(message))")
        default: self = .unusable(file: file, reason: message)
        }
    }
}
