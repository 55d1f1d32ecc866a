import Model
import Synchronization

/// Reads the output of several tasks at once, as one sequence by time.
///
/// Of each task it holds one message of the worker's at a time; the next is asked for when that was
/// taken. A task whose worker says nothing is waited for no longer than ``patience``.
final class LogGathering: Sendable {
    /// How long all wait for one.
    static let patience = Duration.seconds(5)
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
        var readers: [Task<Void, Never>] = []
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
        let ticking = Task { [weak self] in
            while !Task.isCancelled, self != nil {
                try? await Task.sleep(for: Self.pulse)
                self?.tick()
            }
        }
        state.withLock { $0.readers.append(ticking) }
    }

    deinit { close() }

    /// Begins with a task.
    func add(_ order: LogOrder, on instance: InstanceID) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.merge.add(order.task)
            state.ends[order.task] = nil
            state.readers.append(
                Task { [reader, weak self] in
                    await Self.read(order, on: instance, by: reader, into: self)
                })
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
                state.readers = []
            }
            return (
                state.waiter, Array(state.producers.values), Array(state.sessions.values),
                state.readers
            )
        }
        waiter?.resume(returning: nil)
        for producer in producers { producer.resume() }
        for session in sessions { session.end() }
        for reader in readers { reader.cancel() }
    }

    // MARK: Readers

    private static func read(
        _ order: LogOrder, on instance: InstanceID, by reader: any LogReader,
        into gathering: LogGathering?
    ) async {
        var end = End.done
        do throws(APIError) {
            let session = try await reader.logs(order, on: instance)
            defer { session.end() }
            guard gathering?.began(order.task, session) == true else { return }
            reading: while let output = await session.next() {
                switch output {
                case .entries(let entries): await gathering?.give(order.task, entries)
                case .caughtUp: gathering?.change { $0.merge.quiet(order.task) }
                case .failed(let sentence):
                    gathering?.change { $0.merge.notice(order.task, sentence) }
                    end = .failed
                    // Nothing follows.
                    break reading
                case .opening, .unknown: break
                }
            }
        } catch {
            gathering?.change {
                $0.merge.notice(order.task, "The output can't be read: \(error.message).")
            }
            end = .failed
        }
        gathering?.ended(order.task, end)
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
            state.merge.remove(task)
            state.ends[task] = end
            state.isDue = true
        }
    }

    /// Who reads hears that time goes on; a worker that says nothing holds up nobody any longer.
    private func tick() {
        change { state in
            state.isDue = true
            for (task, since) in state.silent where .now - since >= Self.patience {
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
