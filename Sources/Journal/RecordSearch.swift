import ClusterState
import Foundation
import GRDB
import Model

/// Finds a page of records, newest first, looking at a bounded number of them.
struct RecordSearch {
    private let query: RecordQuery
    private let recovery: Recovery
    private let decoder = JSONDecoder()

    /// The most bytes of values of a page.
    private static let bytesMaximum = 4 << 20

    init(_ query: RecordQuery, file: String) {
        self.query = query
        recovery = Recovery(file: file)
    }

    func run(_ database: Database) throws -> RecordPage {
        let meta = try recovery.meta(database)
        let first = Int64(bitPattern: meta.base) + 1
        let last = Int64(bitPattern: meta.revision)
        guard first <= last else { return RecordPage(records: [], next: nil, oldest: nil) }
        let oldest = try Int64.fetchOne(
            database, sql: "SELECT time FROM change WHERE revision = ?", arguments: [first])
        let times = try RecordTimes(database, from: first)
        let top = min(
            try query.until.map { try times.last(until: $0) ?? first - 1 } ?? last,
            query.before.map { Int64(clamping: $0) - 1 } ?? last)
        let bottom =
            try query.since.map { since in
                let before = WallTime(milliseconds: max(since.milliseconds, .min + 1) - 1)
                return (try times.last(until: before) ?? first - 1) + 1
            } ?? first
        var page = try self.page(bottom, top, database)
        page.oldest = oldest.map { WallTime(milliseconds: $0) }
        return page
    }

    private func page(_ bottom: Int64, _ top: Int64, _ database: Database) throws -> RecordPage {
        let floor = max(bottom, top - Int64(RecordQuery.scanMaximum) + 1)
        let maximum = min(max(query.maximum, 1), RecordQuery.pageMaximum)
        var page = RecordPage(records: [], next: nil, oldest: nil)
        guard top >= floor else { return page }
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT revision, time, cause, kind, key, value FROM change
                WHERE revision BETWEEN ? AND ?
                \(condition) ORDER BY revision DESC
                """, arguments: [floor, top] + arguments)
        var bytes = 0
        while let row = try rows.next() {
            let record = try recovery.record(row, decoder)
            let size = (row[5] as String?)?.utf8.count ?? 0
            if page.records.count == maximum || bytes + size > Self.bytesMaximum, bytes > 0 {
                page.next = page.records.last?.revision
                return page
            }
            bytes += max(size, 1)
            page.records.append(record)
        }
        if floor > bottom { page.next = UInt64(bitPattern: floor) }
        return page
    }

    /// An id is 128 random bits: a value that has it belongs to the object, or is it.
    private var condition: String {
        guard query.key != nil else { return "" }
        let own =
            "key = ? OR (instr(value, ?) > 0 AND kind IN "
            + "('serviceEvent', 'serviceDeployment', 'serviceRevision'))"
        return query.includesParts ? "AND (\(own) OR instr(value, ?) > 0)" : "AND (\(own))"
    }

    private var arguments: StatementArguments {
        guard let key = query.key else { return [] }
        return query.includesParts ? [key, key, key] : [key, key]
    }
}
