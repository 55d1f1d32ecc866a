public import ClusterState
import Dispatch
import ECSAPI
import Synchronization

/// Makes the events of a manager's changes, once for all readers, while there are any.
///
/// The manager only hands its records over, and nothing at all while nobody reads. On a thread of
/// its own the hub folds them and keeps the newest events in a ring; each reader (``EventReader``)
/// goes through it at its own pace and holds nothing but its place. Who is not in the ring, or not
/// any more, reads the journal first (``Backlog``).
public final class EventHub: Sendable {
    /// What is kept for readers that keep up, and when they hear that nothing happened.
    public struct Limits: Sendable {
        public var events = 10_000
        public var bytes = 32 << 20
        /// Events, and bytes of them, that a reader gets at once.
        public var batchEvents = 100
        public var batchBytes = 256 << 10
        /// Changes that wait to be made events of. Beyond it they are left out of the ring, and
        /// readers go to the journal.
        public var waitingChanges = 50_000
        /// Readers that read the journal at a time, a webhook aside: each holds a state of its own.
        public var backlogs = 4
        /// How long events are made after the last reader went, so that one whose connection
        /// broke finds its place.
        public var linger = Duration.seconds(30)
        /// A reader hears at least that often, be it that nothing happened.
        public var heartbeat = Duration.seconds(15)

        public init() {}

        /// As many of the first as go at once: at least one, if there is any.
        func batch(of events: some Sequence<ECSEvent>) -> [ECSEvent] {
            var batch: [ECSEvent] = []
            var size = 0
            for event in events {
                size += event.json.count
                guard batch.isEmpty || batch.count < batchEvents && size <= batchBytes else {
                    break
                }
                batch.append(event)
            }
            return batch
        }
    }

    /// What a place in the ring gives.
    enum Found: Sendable {
        case events([ECSEvent])
        /// Nothing, up to that place.
        case quiet(EventCursor)
        /// The place is not in the ring.
        case before
        case ended
    }

    private struct Waiter {
        var cursor: EventCursor
        var since: ContinuousClock.Instant
        var continuation: CheckedContinuation<Found, Never>
    }

    private struct State {
        var ring: EventRing
        var readers = 0
        /// Whether changes are listened to.
        var isActive = false
        /// How often that began.
        var activation: UInt64 = 0
        var isEnded = false
        /// Changes that came and are no events yet.
        var waiting: [[ChangeRecord]] = []
        var waitingCount = 0
        var isWorking = false
        var waiters: [UInt64: Waiter] = [:]
        var lastWaiter: UInt64 = 0
        /// Grows when a reader goes: a later one's lingering counts.
        var departures = 0

        func read(after cursor: EventCursor) -> Found? {
            if isEnded { return .ended }
            guard let events = ring.next(after: cursor) else { return .before }
            guard events.isEmpty else { return .events(events) }
            // The newest changes may be worth no event.
            return ring.end > cursor ? .quiet(ring.end) : nil
        }

        /// Takes out those that something came for.
        mutating func served() -> [(Waiter, Found)] {
            let found = waiters.compactMap { id, waiter in
                read(after: waiter.cursor).map { (id, waiter, $0) }
            }
            for (id, _, _) in found { waiters[id] = nil }
            return found.map { ($0.1, $0.2) }
        }
    }

    let account: String
    let past: (any Past)?
    let backlogs: Turnstile
    private let source: any EventSource
    public let limits: Limits
    private let state: Mutex<State>
    /// `nil` while nobody listens. Used on `queue` alone; the lock says so to the compiler.
    private let maker = Mutex<EventMaker?>(nil)
    private let queue = DispatchQueue(label: "muster.events")
    private let pastQueue = DispatchQueue(label: "muster.events.past")

    /// - Parameters:
    ///   - account: The 12 digits that ARNs carry.
    ///   - past: The changes that are kept, if any are.
    public init(
        account: String, source: some EventSource, past: (any Past)?, limits: Limits = Limits()
    ) {
        self.account = account
        self.source = source
        self.past = past
        self.limits = limits
        backlogs = Turnstile(places: limits.backlogs)
        state = Mutex(State(ring: EventRing(limits: limits)))
    }

    var hasPast: Bool { past != nil }
    var isEnded: Bool { state.withLock { $0.isEnded } }

    /// Ends all readers, now and from now on.
    public func close() {
        let waiters = state.withLock { state in
            state.isEnded = true
            return state.served()
        }
        for (waiter, found) in waiters { waiter.continuation.resume(returning: found) }
        backlogs.close()
        queue.async { self.deactivate() }
    }

    // MARK: Readers

    /// From its return on no event is missed; ends with ``leave()``.
    ///
    /// - Returns: The place of now.
    func enter() async -> EventCursor {
        state.withLock { $0.readers += 1 }
        return await withCheckedContinuation { continuation in
            queue.async {
                self.activate()
                continuation.resume(returning: self.newest)
            }
        }
    }

    func leave() {
        let departure = state.withLock { state in
            state.readers -= 1
            state.departures += 1
            return state.departures
        }
        queue.asyncAfter(deadline: .now() + limits.linger.interval) {
            let isOver = self.state.withLock { $0.readers == 0 && $0.departures == departure }
            if isOver { self.deactivate() }
        }
    }

    /// All after it is in the ring.
    var oldest: EventCursor { state.withLock { $0.ring.start } }

    /// All up to here is in the ring, or was.
    var newest: EventCursor { state.withLock { $0.ring.end } }

    /// Waits for events after a place, or a heartbeat's time.
    func next(after cursor: EventCursor) async -> Found {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let found: Found? = state.withLock { state in
                    if Task.isCancelled { return .ended }
                    if let found = state.read(after: cursor) { return found }
                    state.waiters[id] = Waiter(
                        cursor: cursor, since: .now, continuation: continuation)
                    return nil
                }
                if let found { continuation.resume(returning: found) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(returning: .ended)
        }
    }

    /// Reads the journal, one reader after the other, where it holds up nothing else.
    func onPast<Value: Sendable>(
        _ body: @escaping @Sendable (any Past) throws(PastError) -> Value
    ) async throws(PastError) -> Value {
        guard let past else { throw .unreadable("No changes are kept here.") }
        let result: Result<Value, PastError> = await withCheckedContinuation { continuation in
            pastQueue.async {
                do throws(PastError) {
                    continuation.resume(returning: .success(try body(past)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    // MARK: Changes

    /// Called by the manager: it takes over and returns.
    private func take(_ records: [ChangeRecord]) {
        let isIdle = state.withLock { state in
            guard state.isActive else { return false }
            if state.waitingCount > limits.waitingChanges {
                // What is missing then is noticed by the gap in the revisions.
                state.waiting = []
                state.waitingCount = 0
            }
            state.waiting.append(records)
            state.waitingCount += records.count
            defer { state.isWorking = true }
            return !state.isWorking
        }
        if isIdle { queue.async { self.work() } }
    }

    /// Makes events of all changes that wait. On `queue`.
    private func work() {
        while let records = nextChanges() {
            var made: [ECSEvent] = []
            var revision: UInt64?
            maker.withLock { maker in
                guard let base = maker?.state.revision else { return }
                revision = base
                for record in records where record.revision > base {
                    guard record.revision == (revision ?? base) + 1 else {
                        revision = nil
                        return
                    }
                    made += maker?.take(record) ?? []
                    revision = record.revision
                }
            }
            if let revision { publish(made, upTo: revision) } else { rebase() }
        }
        share()
    }

    /// Takes the manager's own state where it is the same, so that both are one in memory. On
    /// `queue`.
    private func share() {
        let newest = source.snapshot()
        maker.withLock { maker in
            guard maker?.state.revision == newest.revision else { return }
            maker = EventMaker(account: account, state: newest)
        }
    }

    private func nextChanges() -> [ChangeRecord]? {
        state.withLock { state in
            if state.waiting.isEmpty {
                state.isWorking = false
                return nil
            }
            let records =
                state.waiting.count == 1 ? state.waiting[0] : Array(state.waiting.joined())
            state.waiting = []
            state.waitingCount = 0
            return records
        }
    }

    private func publish(_ made: [ECSEvent], upTo revision: UInt64) {
        let served = state.withLock { state in
            state.ring.append(made, upTo: revision)
            return made.isEmpty ? [] : state.served()
        }
        for (waiter, found) in served { waiter.continuation.resume(returning: found) }
    }

    /// Goes on from the newest state: the ring has nothing of what was before. On `queue`.
    private func rebase() {
        guard state.withLock({ $0.isActive }) else { return }
        let base = source.snapshot()
        maker.withLock { $0 = EventMaker(account: account, state: base) }
        let served = state.withLock { state in
            state.ring = EventRing(
                limits: limits, start: EventCursor(revision: base.revision))
            return state.served()
        }
        for (waiter, found) in served { waiter.continuation.resume(returning: found) }
    }

    // MARK: Beginning and end, on `queue`

    private func activate() {
        let isNew = state.withLock { state in
            guard !state.isActive, !state.isEnded else { return false }
            state.isActive = true
            state.activation += 1
            return true
        }
        guard isNew else { return }
        source.listen { [self] records in take(records) }
        // After the listener is there: what it is not told of is in the state.
        rebase()
        tick(in: state.withLock { $0.activation })
    }

    private func deactivate() {
        source.listen(nil)
        maker.withLock { $0 = nil }
        state.withLock { state in
            state.isActive = false
            state.waiting = []
            state.waitingCount = 0
            state.ring = EventRing(limits: limits, start: state.ring.end)
        }
    }

    /// Tells those who wait for long that nothing happened.
    ///
    /// - Parameter activation: The ticks of an earlier one end.
    private func tick(in activation: UInt64) {
        let due = state.withLock { state -> [(Waiter, EventCursor)]? in
            guard state.isActive, state.activation == activation else { return nil }
            let limit = ContinuousClock.now - limits.heartbeat
            let due = state.waiters.filter { $0.value.since <= limit }
            for id in due.keys { state.waiters[id] = nil }
            return due.values.map { ($0, max($0.cursor, state.ring.end)) }
        }
        guard let due else { return }
        for (waiter, end) in due { waiter.continuation.resume(returning: .quiet(end)) }
        queue.asyncAfter(deadline: .now() + limits.heartbeat.interval / 4) {
            self.tick(in: activation)
        }
    }
}

extension Duration {
    /// In seconds.
    var interval: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
