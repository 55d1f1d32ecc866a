import ClusterState
public import ECSAPI
public import Model

/// Goes through all events in order, from a place on.
public struct EventReader: Sendable {
    /// Where it begins.
    public enum Start: Sendable {
        case now
        case after(EventCursor)
        /// With what happened then.
        case since(WallTime)
    }

    /// What becomes of a reader that the newest events ran away from.
    public enum Slowness: Sendable {
        /// It gets ``Step/behind``.
        case isEnd
        /// It goes on with what the journal has.
        case catchesUp
    }

    public enum Step: Sendable {
        /// The next ones; there may be none among the changes that were looked at.
        case events([ECSEvent])
        /// Nothing happened for a while.
        case quiet
        /// There is something that can't be told any more.
        case gap(EventGap)
        case behind
        case ended
    }

    /// All events up to here were given.
    public private(set) var cursor: EventCursor
    /// The newest place when the reader was made.
    public let newest: EventCursor

    private let seat: Seat
    private let slowness: Slowness
    private var backlog: Backlog?
    /// Events of the backlog that are yet to be given.
    private var page: ArraySlice<ECSEvent> = []
    /// Its right to have a backlog.
    private var turn: Turnstile.Turn?
    /// Whether it ever was in the ring.
    private var isLive = false
    private var gap: EventGap?

    /// Whether the next step tells of a gap.
    public var hasGap: Bool { gap != nil }

    private var hub: EventHub { seat.hub }

    init(_ hub: EventHub, from start: Start, slowness: Slowness) async {
        newest = await hub.enter()
        seat = Seat(hub)
        self.slowness = slowness
        cursor = newest
        switch start {
        case .now: break
        case .after(let place) where place.revision > newest.revision:
            gap = EventGap(
                after: place, next: newest,
                reason: "There was no change \(place) here: it is another manager's.")
        case .after(let place): cursor = place
        case .since(let time): await begin(since: time)
        }
    }

    private mutating func begin(since time: WallTime) async {
        do throws(PastError) {
            let (revision, oldest) = try await hub.onPast { past throws(PastError) in
                let before = WallTime(milliseconds: max(time.milliseconds, .min + 1) - 1)
                return (
                    try past.revision(asOf: before),
                    try past.records(RecordQuery(maximum: 1)).oldest
                )
            }
            cursor = min(newest, EventCursor(revision: revision))
            if let oldest, oldest > time, revision > 0 {
                gap = EventGap(
                    after: EventCursor(revision: 0), next: cursor,
                    reason: "What was before \(oldest.text) is not kept any more.")
            }
        } catch {
            gap = EventGap(after: EventCursor(revision: 0), next: newest, reason: error.sentence)
        }
    }

    /// Waits for what comes next.
    public mutating func next() async -> Step {
        if let gap {
            self.gap = nil
            cursor = gap.next
            return .gap(gap)
        }
        if hub.isEnded { return .ended }
        if backlog != nil { return await readBacklog() }
        switch await hub.next(after: cursor) {
        case .events(let events):
            isLive = true
            cursor = events.last?.cursor ?? cursor
            return .events(events)
        case .quiet(let end):
            isLive = true
            cursor = end
            return .quiet
        case .before: return isLive && slowness == .isEnd ? .behind : await openBacklog()
        case .ended: return .ended
        }
    }

    private mutating func openBacklog() async -> Step {
        if slowness == .isEnd {
            turn = await hub.backlogs.enter()
            guard turn != nil else { return .ended }
        }
        do throws(PastError) {
            backlog = try await hub.onPast { [cursor, hub] past throws(PastError) in
                try Backlog(after: cursor, account: hub.account, past: past)
            }
            return await readBacklog()
        } catch {
            return await skip(error)
        }
    }

    private mutating func readBacklog() async -> Step {
        do throws(PastError) {
            if page.isEmpty { try await turnPage() }
        } catch {
            return await skip(error)
        }
        let batch = hub.limits.batch(of: page)
        page = page.dropFirst(batch.count)
        if let last = batch.last, !page.isEmpty {
            cursor = last.cursor
        } else {
            cursor = backlog?.cursor ?? cursor
            if cursor >= hub.oldest { close() }
        }
        return .events(batch)
    }

    /// Makes the events of the next changes in the journal.
    private mutating func turnPage() async throws(PastError) {
        let (backlog, events) = try await hub.onPast { [backlog] past throws(PastError) in
            var backlog = backlog
            let events = try backlog?.next(past)
            return (backlog, events)
        }
        self.backlog = backlog
        guard let events else {
            // The ring goes on from where the journal ends, unless both forgot what is between.
            if let end = backlog?.cursor, end >= hub.oldest { return }
            throw .notKept(oldest: nil)
        }
        page = events[...]
    }

    private mutating func close() {
        backlog = nil
        page = []
        turn = nil
    }

    /// Goes on with the oldest that can still be told; what can't be read just now is asked for
    /// again.
    private mutating func skip(_ error: PastError) async -> Step {
        let before = cursor
        close()
        if case .unreadable = error, hub.hasPast {
            guard slowness == .catchesUp else { return .behind }
            try? await Task.sleep(for: .seconds(1))
            return Task.isCancelled ? .ended : .quiet
        }
        var next = hub.oldest
        if case .notKept = error {
            let oldest = try? await hub.onPast { past throws(PastError) in
                try past.revision(asOf: WallTime(milliseconds: .min))
            }
            if let oldest, oldest > before.revision {
                next = min(next, EventCursor(revision: oldest))
            }
        }
        cursor = max(next, before)
        return .gap(EventGap(after: before, next: cursor, reason: error.sentence))
    }
}

extension EventHub {
    public func reader(
        from start: EventReader.Start, slowness: EventReader.Slowness
    ) async -> EventReader {
        await EventReader(self, from: start, slowness: slowness)
    }
}

/// Events that can't be told any more: those after one place, up to another.
public struct EventGap: Hashable, Sendable {
    public var after: EventCursor
    public var next: EventCursor
    public var reason: String
}

/// Counts as a reader as long as it is held.
private final class Seat: Sendable {
    let hub: EventHub

    init(_ hub: EventHub) {
        self.hub = hub
    }

    deinit { hub.leave() }
}

extension PastError {
    var sentence: String {
        switch self {
        case .notKept: "The changes in between are not kept any more."
        case .tooLarge(let objects, let maximum):
            "The state then has to be put together from \(objects) objects, and at most \(maximum) "
                + "are here."
        case .unreadable(let reason): reason
        }
    }
}
