import Model
import Synchronization

/// Reads the output of several tasks at once, as one sequence by time.
///
/// Of each task it holds one message of the worker's at a time; the next is asked for when that was
/// taken. A task whose worker says nothing is waited for no longer than ``patience``. To be closed
/// in any case.
final class LogGathering: Sendable {
    /// How long all wait for one: longer than a manager does for a worker's answer.
    static let patience = Duration.seconds(6)
    private static let pulse = Duration.seconds(1)

    /// How the reading of a task ended.
    enum End: Sendable {
        /// All was read.
        case done
        /// Its worker can't be asked, or was lost.
        case failed
    }

    private typealias Waiter = CheckedContinuation<[LogItem]?, Never>
    private typealias Producer = CheckedContinuation<Void, Never>

    private struct State {
        var merge = LogMerge()
        var sessions: [TaskID: any LogSource] = [:]
        var readers: [TaskID: Task<Void, Never>] = [:]
        var ticking: Task<Void, Never>?
        /// Who waits until what it gave is taken.
        var producers: [TaskID: Producer] = [:]
        /// Those that all wait for, and since when.
        var silent: [TaskID: ContinuousClock.Instant] = [:]
        var ends: [TaskID: End] = [:]
        var waiter: Waiter?
        var isDue = false
        var isClosed = false
    }

    private let reader: any LogReader
    private let state = Mutex(State())

    init(_ reader: any LogReader) {
        self.reader = reader
        let ticking = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pulse)
                tick()
            }
        }
        state.withLock { $0.ticking = ticking }
    }

    /// Begins with a task.
    func add(_ order: LogOrder, on instance: InstanceID) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.merge.add(order.task)
            state.ends[order.task] = nil
            state.readers[order.task] = Task { await read(order, on: instance) }
        }
    }

    /// What comes next, at least once a second, then perhaps nothing; `nil` when it is closed. For
    /// one caller.
    func next() async -> [LogItem]? {
        await withCheckedContinuation { (waiter: Waiter) in
            let isClosed = state.withLock { state -> Bool in
                if !state.isClosed { state.waiter = waiter }
                return state.isClosed
            }
            if isClosed { return waiter.resume(returning: nil) }
            change { _ in }
        }
    }

    /// The tasks whose readings have ended since the last call.
    func ends() -> [TaskID: End] {
        state.withLock { state in
            // What is still to be told of them comes first.
            guard !state.merge.hasNotices else { return [:] }
            defer { state.ends = [:] }
            return state.ends
        }
    }

    /// Nothing more is wanted.
    func close() {
        let (waiter, producers, sessions, readers) = state.withLock {
            state -> (Waiter?, [Producer], [any LogSource], [Task<Void, Never>]) in
            state.isClosed = true
            defer {
                state.waiter = nil
                state.producers = [:]
                state.sessions = [:]
                state.readers = [:]
                state.ticking = nil
            }
            let readers = Array(state.readers.values) + (state.ticking.map { [$0] } ?? [])
            return (
                state.waiter, Array(state.producers.values), Array(state.sessions.values), readers
            )
        }
        waiter?.resume(returning: nil)
        for producer in producers { producer.resume() }
        for session in sessions { session.end() }
        for reader in readers { reader.cancel() }
    }

    // MARK: Readers

    private func read(_ order: LogOrder, on instance: InstanceID) async {
        var end = End.done
        do throws(APIError) {
            let session = try await reader.logs(order, on: instance)
            defer { session.end() }
            guard began(order.task, session) else { return }
            reading: while let output = await session.next() {
                switch output {
                case .entries(let entries): await give(order.task, entries)
                case .caughtUp: change { $0.merge.quiet(order.task) }
                case .failed(let sentence):
                    change { $0.merge.notice(order.task, sentence) }
                    end = .failed
                    // Nothing follows.
                    break reading
                case .opening, .unknown: break
                }
            }
        } catch {
            change {
                $0.merge.notice(order.task, "The output can't be read: \(error.message).")
            }
            end = .failed
        }
        ended(order.task, end)
    }

    /// - Returns: False when nobody wants it any more.
    private func began(_ task: TaskID, _ session: any LogSource) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.sessions[task] = session
            return true
        }
    }

    /// Waits until it is taken, or nobody will.
    private func give(_ task: TaskID, _ entries: [LogEntry]) async {
        guard !entries.isEmpty else { return }
        await withCheckedContinuation { (producer: Producer) in
            let isClosed = state.withLock { state -> Bool in
                if !state.isClosed {
                    state.merge.give(task, entries)
                    state.silent[task] = nil
                    state.producers[task] = producer
                }
                return state.isClosed
            }
            if isClosed { return producer.resume() }
            change { _ in }
        }
    }

    private func ended(_ task: TaskID, _ end: End) {
        change { state in
            state.sessions[task] = nil
            state.readers[task] = nil
            state.merge.remove(task)
            state.ends[task] = end
            state.isDue = true
        }
    }

    /// Who reads hears that time goes on; a worker that says nothing holds up nobody any longer.
    private func tick() {
        change { state in
            state.isDue = true
            for task in state.silent.filter({ .now - $0.value >= Self.patience }).keys {
                // Once, also where nobody takes it for long.
                state.silent[task] = nil
                state.merge.quiet(task)
                state.merge.notice(task, "Its worker says nothing; the others' output goes on.")
            }
        }
    }

    /// Changes what there is, and hands on what may go out.
    private func change(_ body: (inout State) -> Void) {
        let (waiter, items, freed) = state.withLock { state -> (Waiter?, [LogItem], [Producer]) in
            body(&state)
            guard state.waiter != nil, !state.isClosed else { return (nil, [], []) }
            let items = state.merge.take()
            let freed = state.merge.forgetDrained().compactMap {
                state.producers.removeValue(forKey: $0)
            }
            let waitedFor = state.merge.waitedFor.map { ($0, state.silent[$0] ?? .now) }
            state.silent = Dictionary(uniqueKeysWithValues: waitedFor)
            guard !items.isEmpty || state.isDue else { return (nil, [], freed) }
            state.isDue = false
            defer { state.waiter = nil }
            return (state.waiter, items, freed)
        }
        waiter?.resume(returning: items)
        for producer in freed { producer.resume() }
    }
}
