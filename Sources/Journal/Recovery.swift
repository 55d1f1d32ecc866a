import ClusterState
import Foundation
import GRDB
import Model

/// Reads a journal through a connection that can't write, checking all that the state rests on.
/// What it refuses stays as it was, for a person to look into.
struct Recovery {
    let file: String

    func read() throws(JournalError) -> (state: ClusterState, meta: Meta) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let database = try DatabaseQueue(path: file, configuration: configuration)
            let recovered = try database.read { database in
                try checkStructure(database)
                guard let meta = try Meta(database) else {
                    throw damaged("its table meta was altered")
                }
                try checkHistory(database, newest: meta.revision)
                return (try fold(database, meta), meta)
            }
            try database.close()
            return recovered
        } catch let error as JournalError {
            throw error
        } catch {
            throw JournalError(error, file: file)
        }
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

    /// The records kept are the newest, without a gap.
    func checkHistory(_ database: Database, newest: UInt64) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT count(*), min(revision), max(revision) FROM change")
        guard let row, let count: Int64 = row[0] else { throw damaged("no history can be read") }
        let oldest: Int64 = row[1] ?? 1
        let last: Int64 = row[2] ?? 0
        guard UInt64(bitPattern: last) == newest, count == last - oldest + 1 else {
            throw damaged(
                "its history has \(count) changes from \(oldest) to \(last), but the newest is "
                    + "\(newest)")
        }
    }

    /// Puts the objects in the order of their revisions, so that what was changed last is put last,
    /// as it was when the manager did it.
    private func fold(_ database: Database, _ meta: Meta) throws -> ClusterState {
        var state = ClusterState()
        var digest: Int64 = 0
        let decoder = JSONDecoder()
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT kind, key, revision, value, checksum FROM object ORDER BY revision")
        while let row = try rows.next() {
            let name: String = row[0]
            let key: String = row[1]
            let revision: Int64 = row[2]
            let value: String = row[3]
            guard let kind = ObjectKind(rawValue: name) else {
                throw damaged("it has an object of kind \(name), which this Muster does not know")
            }
            let object = ObjectKey(kind: kind, key: key)
            let checksum = Checksum.object(object, revision: revision, value: value)
            guard checksum == row[4] else { throw damaged("\(name) \(key) was altered") }
            digest ^= checksum
            do {
                let change = try Change(kind, value: Data(value.utf8), decoder)
                state.apply(recovered(change, revision: UInt64(bitPattern: revision)))
            } catch {
                throw damaged("\(name) \(key) can't be read: \(error)")
            }
        }
        guard digest == meta.digest else { throw damaged("objects are missing from it") }
        if state.revision < meta.revision { state.apply(try lastRemoval(database)) }
        guard state.revision == meta.revision else {
            throw damaged("its objects end at \(state.revision), its history at \(meta.revision)")
        }
        return state
    }

    private func recovered(_ change: Change, revision: UInt64) -> ChangeRecord {
        ChangeRecord(
            revision: revision, time: WallTime(milliseconds: 0), cause: "recovery", change: change)
    }

    /// When the newest record removed something, no object has its revision: it is applied once
    /// more, which changes nothing but the state's revision.
    private func lastRemoval(_ database: Database) throws -> ChangeRecord {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT revision, kind, key FROM change WHERE value IS NULL
                ORDER BY revision DESC LIMIT 1
                """)
        guard let row, let kind = ObjectKind(rawValue: row[1]),
            let change = Change(removing: ObjectKey(kind: kind, key: row[2]))
        else { throw damaged("its newest change is missing") }
        return recovered(change, revision: UInt64(bitPattern: row[0]))
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
