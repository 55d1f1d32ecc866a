import DequeModule
import ECSAPI

/// The newest events, for readers that keep up: a bounded number of them, and of their bytes.
struct EventRing: Sendable {
    private var events: Deque<ECSEvent> = []
    private var bytes = 0
    private let limits: EventHub.Limits
    /// All events after it are here.
    private(set) var start: EventCursor
    /// All events up to it were here.
    private(set) var end: EventCursor

    init(limits: EventHub.Limits, start: EventCursor = EventCursor(revision: 0)) {
        self.limits = limits
        self.start = start
        end = start
    }

    /// Adds what all changes up to a revision were worth, and lets go of the oldest.
    mutating func append(_ made: [ECSEvent], upTo revision: UInt64) {
        for event in made {
            events.append(event)
            bytes += event.json.count
        }
        end = EventCursor(revision: revision)
        while events.count > limits.events || bytes > limits.bytes, let oldest = events.popFirst() {
            bytes -= oldest.json.count
            start = oldest.cursor
        }
    }

    /// The next events after a place, at least one if there is any; `nil` when the place is before
    /// ``start``.
    func next(after cursor: EventCursor) -> [ECSEvent]? {
        guard cursor >= start else { return nil }
        return limits.batch(of: events[firstIndex(after: cursor)...])
    }

    private func firstIndex(after cursor: EventCursor) -> Int {
        var low = events.startIndex
        var high = events.endIndex
        while low < high {
            let middle = (low + high) / 2
            if events[middle].cursor <= cursor { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
