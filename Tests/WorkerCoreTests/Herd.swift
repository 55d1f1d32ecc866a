import HeapModule
import Model
import WorkerCore

/// Thousands of real cores and one manager in miniature, in virtual time: who comes when.
struct Herd {
    /// What the manager does with those that come.
    enum Manager {
        case up
        /// Nobody listens: connections are refused.
        case gone
        /// Every other connection is refused, by chance.
        case flaky
        /// Connections are made one after the other, so many a second; what a worker gave up on
        /// costs as much.
        case slow(perSecond: Double)
        /// Registrations are refused.
        case refusing(WorkerRefusal.Code)
        /// Streams end as soon as they are opened.
        case endingStreams
    }

    /// When something came, in milliseconds.
    struct Log {
        var connects: [Int64] = []
        var registrations: [Int64] = []
        var streams: [Int64] = []
    }

    private struct Item: Comparable {
        enum Content {
            case event(WorkerCore.Event)
            case wake
        }

        var at: Int64
        var order: UInt64
        var worker: Int
        var content: Content

        static func < (left: Item, right: Item) -> Bool {
            (left.at, left.order) < (right.at, right.order)
        }

        static func == (left: Item, right: Item) -> Bool {
            (left.at, left.order) == (right.at, right.order)
        }
    }

    var manager = Manager.up
    var log = Log()
    private(set) var now: Int64 = 0
    private var random = SeededRandom(seed: 1)
    private var cores: [WorkerCore]
    private var links: [LinkID?]
    private var streams: [CallID?]
    private var wakes: [Int64?]
    private var items: Heap<Item> = []
    private var order: UInt64 = 0
    private var sessions: UInt64 = 0
    /// Sessions before this one are over.
    private var firstSession: UInt64 = 1
    private var freeAt = 0.0
    private var buffer = WorkerCore.EffectBuffer()

    init(count: Int) {
        cores = (0..<count).map { number in
            let settings = WorkerCore.Settings(
                name: "w\(number)", cluster: "default",
                agent: AgentID(high: 1, low: UInt64(number)), managers: ["m1:1"],
                resources: Resources(cpu: 1, memory: 1))
            return WorkerCore(
                settings: settings, identity: InstanceID(high: 1, low: UInt64(number)),
                seed: UInt64(number) &* 0x9E37_79B9)
        }
        links = Array(repeating: nil, count: count)
        streams = Array(repeating: nil, count: count)
        wakes = Array(repeating: nil, count: count)
    }

    /// Workers whose sessions stand, and whose heartbeats are spread over the period.
    static func settled(_ count: Int) -> Herd {
        var herd = Herd(count: count)
        for worker in herd.cores.indices {
            herd.post(.started([]), to: worker, after: Int64(worker % 1_000))
        }
        herd.run(milliseconds: 4_000)
        herd.log = Log()
        return herd
    }

    // MARK: What happens

    /// Every connection ends now.
    mutating func loseManager() {
        for worker in cores.indices {
            if let link = links[worker] { step(.disconnected(link, reason: "closed"), of: worker) }
            links[worker] = nil
        }
    }

    /// Every session is over, and the connections stay.
    mutating func loseSessions() {
        firstSession = sessions + 1
    }

    /// Every stream ends now.
    mutating func endStreams() {
        for worker in cores.indices {
            if let call = streams[worker] {
                step(.failed(call, WorkerRefusal(.unavailable, "ended")), of: worker)
            }
        }
    }

    mutating func run(milliseconds: Int64) {
        let end = now + milliseconds
        while let item = items.min, item.at <= end {
            items.removeMin()
            now = item.at
            switch item.content {
            case .event(let event): step(event, of: item.worker)
            case .wake:
                guard wakes[item.worker] == item.at else { continue }
                wakes[item.worker] = nil
                step(.woke, of: item.worker)
            }
        }
        now = end
    }

    /// Runs until every worker has a session, and says how long that took; `nil` when it takes
    /// longer than the limit.
    mutating func runUntilBack(limit: Int64) -> Int64? {
        let start = now
        while cores.contains(where: { $0.session == nil }) {
            guard now - start < limit else { return nil }
            run(milliseconds: 10)
        }
        return now - start
    }

    // MARK: The world's mechanics

    private mutating func step(_ event: WorkerCore.Event, of worker: Int) {
        let moment = Moment(
            monotonic: Instant(milliseconds: now), wall: WallTime(milliseconds: now))
        cores[worker].step(event, at: moment, into: &buffer)
        for effect in buffer.drain() { perform(effect, of: worker) }
    }

    private mutating func perform(_ effect: WorkerCore.Effect, of worker: Int) {
        switch effect {
        case .connect(let link, _): connect(link, of: worker)
        case .disconnect: links[worker] = nil
        case .register(let call, _, let registration):
            log.registrations.append(now)
            if case .refusing(let code) = manager {
                return post(.failed(call, WorkerRefusal(code, "no")), to: worker, after: 2)
            }
            sessions += 1
            let answer = Registered(
                instance: registration.instance ?? InstanceID(high: 0, low: 0),
                session: SessionID(high: 0, low: sessions), epoch: 1,
                heartbeat: HeartbeatSettings())
            post(.registered(call, answer), to: worker, after: 2)
        case .openAssignments(let call, _, _):
            log.streams.append(now)
            streams[worker] = call
            if case .endingStreams = manager {
                return post(.failed(call, WorkerRefusal(.unavailable, "no")), to: worker, after: 2)
            }
            let set = AssignmentUpdate.complete(revision: 1, [], more: false)
            post(.assignments(call, set), to: worker, after: 2)
        case .heartbeat(let call, _, let heartbeat):
            let stale = WorkerRefusal(.staleSession, "over")
            let isCurrent = heartbeat.session.low >= firstSession
            post(
                isCurrent ? .heartbeatAnswered(call) : .failed(call, stale), to: worker, after: 2)
        case .wake(let instant):
            wakes[worker] = instant?.milliseconds
            if let instant { add(.wake, for: worker, at: max(instant.milliseconds, now)) }
        case .join, .renew, .saveIdentity, .report, .run, .exec, .logs, .keep, .diagnose, .finished,
            .reportUsage:
            break
        }
    }

    private mutating func connect(_ link: LinkID, of worker: Int) {
        log.connects.append(now)
        let refused = WorkerCore.Event.disconnected(link, reason: "refused")
        switch manager {
        case .gone: return post(refused, to: worker, after: 1)
        case .flaky where random.next() % 2 == 0: return post(refused, to: worker, after: 1)
        case .slow(let perSecond):
            freeAt = max(freeAt, Double(now)) + 1_000 / perSecond
            post(.connected(link), to: worker, after: Int64(freeAt) - now + 1)
        case .up, .flaky, .refusing, .endingStreams: post(.connected(link), to: worker, after: 1)
        }
        links[worker] = link
    }

    private mutating func post(
        _ event: WorkerCore.Event, to worker: Int, after milliseconds: Int64
    ) {
        add(.event(event), for: worker, at: now + milliseconds)
    }

    private mutating func add(_ content: Item.Content, for worker: Int, at: Int64) {
        order += 1
        items.insert(Item(at: at, order: order, worker: worker, content: content))
    }
}

extension [Int64] {
    /// How many fall into each window of so many milliseconds, from `start` to `end`.
    func windows(of width: Int64, from start: Int64, to end: Int64) -> [Int] {
        var counts = Array<Int>(repeating: 0, count: Int((end - start + width - 1) / width))
        for time in self where time >= start && time < end {
            counts[Int((time - start) / width)] += 1
        }
        return counts
    }
}
