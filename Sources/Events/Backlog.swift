import ClusterState
import ECSAPI

/// Makes the events after a place from the changes that the journal keeps, a page at a time.
struct Backlog: Sendable {
    private var maker: EventMaker
    /// Events up to here were read before.
    private let start: EventCursor

    /// The most changes of a page.
    private static let changesMaximum: UInt64 = 500

    init(after cursor: EventCursor, account: String, past: any Past) throws(PastError) {
        start = cursor
        // With some of a change's events read, the change is needed again.
        let base = cursor.part == nil ? cursor.revision : cursor.revision - min(cursor.revision, 1)
        maker = EventMaker(account: account, state: try past.state(at: base))
    }

    /// All up to here was read.
    var cursor: EventCursor { max(start, EventCursor(revision: maker.state.revision)) }

    /// The events of the next changes, which may be none. Unless there are changes any more:
    /// `nil`.
    mutating func next(_ past: any Past) throws(PastError) -> [ECSEvent]? {
        let first = maker.state.revision + 1
        let records = try Self.records(from: first, past)
        guard let oldest = records.first else { return nil }
        guard oldest.revision == first else { throw .notKept(oldest: oldest.time) }
        var events: [ECSEvent] = []
        for record in records { events += maker.take(record).filter { $0.cursor > start } }
        return events
    }

    /// Oldest first.
    private static func records(
        from first: UInt64, _ past: any Past
    ) throws(PastError) -> [ChangeRecord] {
        var query = RecordQuery(before: first + changesMaximum, maximum: Int(changesMaximum))
        var found: [ChangeRecord] = []
        // A page may be cut short by its bytes.
        while true {
            let page = try past.records(query)
            found += page.records.prefix { $0.revision >= first }
            guard let oldest = page.records.last, oldest.revision > first, let next = page.next
            else { break }
            query.before = next
        }
        return found.reversed()
    }
}
