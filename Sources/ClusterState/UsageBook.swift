import HashTreeCollections
public import Model

/// What containers use now, and how their workers are, as these last told: the newest measurement
/// of each worker, and nothing of the past. It is no part of the state and in no journal.
///
/// A value that shares its structure, as ``ClusterState``. Bounded by what workers run: each
/// measurement replaces the one before of its worker, and a worker that is gone is forgotten.
public struct UsageBook: Sendable {
    /// What tasks of a worker use, by task.
    private struct Page: Sendable {
        var session: SessionID
        var number: UInt64
        var at: Instant
        var tasks: TreeDictionary<TaskID, [ContainerUsage]> = [:]
        var health: (told: ToldHealth, at: Instant)?
    }

    /// A measurement that is older counts no more.
    public static let ageMaximum = Duration.seconds(60)
    /// More than a worker's tasks have; what goes beyond is not kept.
    public static let containersOfTaskMaximum = 100
    /// Tasks of one worker; what goes beyond is not kept.
    public static let tasksMaximum = 20_000

    private var pages: TreeDictionary<InstanceID, Page> = [:]

    public init() {}

    /// Takes a part of a measurement over. One that is older than what is known of its session says
    /// nothing.
    public mutating func take(_ report: UsageReport, of instance: InstanceID, at moment: Moment) {
        let now = moment.monotonic
        var page =
            pages[instance] ?? Page(session: report.session, number: 0, at: now)
        if page.session != report.session {
            page = Page(session: report.session, number: report.number, at: now)
        } else if report.number > page.number {
            page = Page(
                session: report.session, number: report.number, at: now, health: page.health)
        } else if report.number < page.number {
            return
        }
        if let health = report.health {
            page.health = (ToldHealth(health, at: moment.wall), now)
        }
        for usage in report.containers {
            let known = page.tasks[usage.task] ?? []
            guard known.count < Self.containersOfTaskMaximum,
                !known.isEmpty || page.tasks.count < Self.tasksMaximum
            else { continue }
            // A part that comes twice replaces itself.
            page.tasks[usage.task] = known.filter { $0.container != usage.container } + [usage]
        }
        pages[instance] = page
    }

    /// The worker's session is over.
    public mutating func forget(_ instance: InstanceID) {
        pages[instance] = nil
    }

    /// What the containers of a task use, by name.
    func usage(of task: TaskID, on instance: InstanceID, at now: Instant) -> [ContainerUsage] {
        guard let page = pages[instance], now - page.at <= Self.ageMaximum else { return [] }
        return (page.tasks[task] ?? []).sorted { $0.container < $1.container }
    }

    /// How a worker is; `nil` when it has not said so for a while.
    func health(of instance: InstanceID, at now: Instant) -> ToldHealth? {
        guard let health = pages[instance]?.health, now - health.at <= Self.ageMaximum else {
            return nil
        }
        return health.told
    }

    /// How many workers' measurements are kept.
    var count: Int { pages.count }
}

/// A ``UsageBook`` at a moment, for readers who have no clock.
public struct UsageReading: Sendable {
    private let book: UsageBook
    private let now: Instant

    public init(_ book: UsageBook = UsageBook(), at now: Instant = .zero) {
        self.book = book
        self.now = now
    }

    /// How many workers have told.
    public var workers: Int { book.count }

    /// What the containers of a running task use, by name; empty when nothing is known of it, or
    /// nothing new.
    public func usage(of task: ECSTask) -> [ContainerUsage] {
        guard task.lastStatus == .running else { return [] }
        return book.usage(of: task.id, on: task.instance, at: now)
    }

    /// How a connected worker is; `nil` when it has not said so yet, or not for a while.
    public func health(of instance: ContainerInstance) -> ToldHealth? {
        guard instance.agentConnected else { return nil }
        return book.health(of: instance.id, at: now)
    }
}

/// What a worker said of itself, in the manager's time.
public struct ToldHealth: Hashable, Sendable {
    public struct Finding: Hashable, Sendable {
        /// What is wrong; `nil` when nothing is.
        public var fault: String?
        /// When that became so.
        public var changedAt: WallTime

        init(_ finding: InstanceHealth.Finding, at now: WallTime) {
            fault = finding.fault
            changedAt = WallTime(milliseconds: now.milliseconds - finding.age)
        }
    }

    public var runtime: Finding
    public var disk: Finding
    public var toldAt: WallTime

    init(_ health: InstanceHealth, at now: WallTime) {
        runtime = Finding(health.runtime, at: now)
        disk = Finding(health.disk, at: now)
        toldAt = now
    }

    /// Whether nothing is wrong.
    public var isWell: Bool { runtime.fault == nil && disk.fault == nil }

    /// What is wrong, in sentences; `nil` when nothing is.
    public var faults: String? {
        let all = [runtime.fault, disk.fault].compactMap { $0 }
        return all.isEmpty ? nil : all.joined(separator: " ")
    }

    /// When it came to be impaired, or well.
    public var changedAt: WallTime {
        let changes = [runtime, disk]
        let faulty = changes.filter { $0.fault != nil }
        // Impaired since the first thing went wrong; well since the last came right.
        return faulty.map(\.changedAt).min() ?? changes.map(\.changedAt).max() ?? toldAt
    }
}
