import ClusterState
import HashTreeCollections
import Model

/// The output of a task or of a service's tasks, as one sequence by time. With `follow` those that
/// start later join in, and a worker that was lost is asked again when it is back.
public struct LogFeed: Sendable {
    /// Tasks that are read at a time; of a service with more the newest.
    static let tasksMaximum = 48
    /// How soon a worker is asked again.
    private static let retry = Duration.seconds(5)

    enum Subject: Hashable, Sendable {
        case task(TaskID)
        case service(ServiceID)
    }

    private struct Reading {
        var isUnderWay = true
        /// Of the newest line that was told.
        var last: Int64?
        var failedAt: ContinuousClock.Instant?
        /// How many of its lines from before it is first read are wanted; `nil` means all.
        var tail: UInt32?
    }

    private let subject: Subject
    private let question: LogQuestion
    private let controlPlane: any ControlPlane
    private let gathering: LogGathering
    private var readings: [TaskID: Reading] = [:]
    private var hasToldOfMore = false
    /// Whether the tasks that were there at first have been asked for. Of later ones all is wanted.
    private var hasBegun = false

    init(
        _ subject: Subject, _ question: LogQuestion, _ controlPlane: any ControlPlane,
        _ reader: any LogReader
    ) {
        self.subject = subject
        self.question = question
        self.controlPlane = controlPlane
        gathering = LogGathering(reader)
    }

    /// What comes next, at least once a second, then perhaps nothing; `nil` at the end. To be
    /// called until then, or ``close()``.
    public mutating func next() async -> [LogItem]? {
        var more = begin()
        guard more != nil || readings.values.contains(where: \.isUnderWay) || goesOn else {
            return nil
        }
        if let told = more, !told.isEmpty { return told }
        more = await gathering.next()
        for case .entry(let task, let entry) in more ?? [] {
            // Whatever a worker says: there is a later time.
            readings[task]?.last = min(entry.time, .max - 1)
        }
        for (task, end) in gathering.ends() {
            readings[task]?.isUnderWay = false
            readings[task]?.failedAt = end == .failed ? .now : nil
        }
        return more
    }

    /// Nothing more is wanted.
    public func close() { gathering.close() }

    private var follows: Bool { question.follow ?? false }

    /// Whether there may be something to read although nothing is being read.
    private var goesOn: Bool {
        guard follows else { return false }
        let state = controlPlane.snapshot()
        switch subject {
        case .task(let id): return readings[id]?.failedAt != nil && Self.runs(id, state)
        case .service(let id): return state.services[id].map { $0.status != .inactive } ?? false
        }
    }

    private static func runs(_ task: TaskID, _ state: ClusterState) -> Bool {
        state.tasks[task].map { $0.lastStatus != .stopped } ?? false
    }

    /// Begins with the tasks that are there, and with new ones.
    ///
    /// - Returns: What is to be said of it; `nil` when nothing is begun.
    private mutating func begin() -> [LogItem]? {
        guard readings.isEmpty || follows else { return nil }
        let state = controlPlane.snapshot()
        let tasks = tasks(state)
        forget(allBut: tasks)
        let underWay = readings.values.count(where: \.isUnderWay)
        let new = tasks.filter { isDue($0, state) }
        defer { hasBegun = true }
        guard !new.isEmpty else { return nil }
        for task in new.prefix(max(0, Self.tasksMaximum - underWay)) { begin(task) }
        guard new.count > Self.tasksMaximum - underWay, !hasToldOfMore else { return [] }
        hasToldOfMore = true
        return [
            .notice(
                new[0].id,
                "\(tasks.count) tasks are there, and the output of \(Self.tasksMaximum) is read at "
                    + "a time: the newest. Name a task to read another's.")
        ]
    }

    /// What is over and not known any more will not be asked for again.
    private mutating func forget(allBut tasks: [ECSTask]) {
        let known = Set(tasks.map(\.id))
        readings = readings.filter { $0.value.isUnderWay || known.contains($0.key) }
    }

    /// Newest first.
    private func tasks(_ state: ClusterState) -> [ECSTask] {
        switch subject {
        case .task(let id): state.tasks[id].map { [$0] } ?? []
        case .service(let id):
            state.tasks(of: id).sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        }
    }

    private func isDue(_ task: ECSTask, _ state: ClusterState) -> Bool {
        if let name = question.container, !task.containers.contains(where: { $0.name == name }) {
            return false
        }
        guard let reading = readings[task.id] else { return true }
        guard !reading.isUnderWay, let failedAt = reading.failedAt else { return false }
        return task.lastStatus != .stopped && .now - failedAt >= Self.retry
            && state.instances[task.instance]?.agentConnected == true
    }

    private mutating func begin(_ task: ECSTask) {
        let known = readings[task.id]
        let tail = known.map(\.tail) ?? (hasBegun ? nil : question.tail)
        readings[task.id] = Reading(last: known?.last, tail: tail)
        let since = question.since.map { $0.multipliedReportingOverflow(by: 1_000_000) }
        gathering.add(
            LogOrder(
                task: task.id, container: question.container,
                since: known?.last.map { $0 + 1 } ?? since.map { $0.overflow ? .max : $0.0 },
                tail: known?.last == nil ? tail : nil,
                // A task that is over writes no more.
                follows: follows && task.lastStatus != .stopped),
            on: task.instance)
    }
}
