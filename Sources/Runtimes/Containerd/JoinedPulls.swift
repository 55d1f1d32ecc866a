import CRI
import Model
import Synchronization

/// Pulls of images that are under way, each for all the tasks that wait for it: they get its one
/// end, whether it failed or not. One that no task waits for any more is cancelled.
final class JoinedPulls: Sendable {
    /// What makes two pulls the same.
    struct Key: Hashable, Sendable {
        var image: String
        /// A pull with a login can be refused where another is not.
        var login: RegistryLogin?
    }

    private typealias End = Result<Void, RuntimeError>
    private typealias Waiting = (task: TaskID, continuation: CheckedContinuation<End, Never>)

    private struct Pull {
        var number: Int
        var work: Task<Void, Never>
        var waiting: [Waiting]
    }

    private struct State {
        var pulls: [Key: Pull] = [:]
        /// Tasks that need no image any more, until they are removed.
        var abandoned: Set<TaskID> = []
        var last = 0
    }

    private let state = Mutex(State())

    /// Waits for the pull of `key` that is under way, or begins one; not when it is cancelled.
    func join(
        _ key: Key, for task: TaskID,
        _ pull: @escaping @Sendable () async throws(RuntimeError) -> Void
    ) async throws(RuntimeError) {
        let end = await withTaskCancellationHandler {
            await wait(for: key, task, pull)
        } onCancel: {
            leave(task)
        }
        try end.get()
    }

    private func wait(
        for key: Key, _ task: TaskID,
        _ pull: @escaping @Sendable () async throws(RuntimeError) -> Void
    ) async -> End {
        await withCheckedContinuation { continuation in
            let isWanted = state.withLock { state in
                guard !state.abandoned.contains(task) else { return false }
                if state.pulls[key]?.waiting.append((task, continuation)) == nil {
                    state.last += 1
                    let number = state.last
                    state.pulls[key] = Pull(
                        number: number,
                        work: Task { await self.run(pull, number, key) },
                        waiting: [(task, continuation)])
                }
                return true
            }
            if !isWanted { continuation.resume(returning: .failure(.abandonment)) }
            // Cancelled before it waited.
            if Task.isCancelled { leave(task) }
        }
    }

    private func run(
        _ pull: @Sendable () async throws(RuntimeError) -> Void, _ number: Int, _ key: Key
    ) async {
        let end: End
        do throws(RuntimeError) {
            end = .success(try await pull())
        } catch {
            end = .failure(error)
        }
        let waiting = state.withLock { state -> [Waiting] in
            // One that was cancelled may have a successor by now.
            guard state.pulls[key]?.number == number else { return [] }
            return state.pulls.removeValue(forKey: key)?.waiting ?? []
        }
        for (_, continuation) in waiting { continuation.resume(returning: end) }
    }

    /// - Throws: ``RuntimeError/abandonment`` where the task was let go of.
    func check(_ task: TaskID) throws(RuntimeError) {
        if state.withLock({ $0.abandoned.contains(task) }) { throw .abandonment }
    }

    /// The task waits no longer, and for no later pull either.
    func abandon(_ task: TaskID) {
        state.withLock { _ = $0.abandoned.insert(task) }
        leave(task)
    }

    private func leave(_ task: TaskID) {
        let waiting = state.withLock { state -> [Waiting] in
            var gone: [Waiting] = []
            for key in state.pulls.keys {
                guard var pull = state.pulls[key] else { continue }
                gone += pull.waiting.filter { $0.task == task }
                pull.waiting.removeAll { $0.task == task }
                if pull.waiting.isEmpty { pull.work.cancel() }
                state.pulls[key] = pull.waiting.isEmpty ? nil : pull
            }
            return gone
        }
        for (_, continuation) in waiting {
            continuation.resume(returning: .failure(.abandonment))
        }
    }

    /// How many tasks wait.
    var count: Int { state.withLock { $0.pulls.values.reduce(0) { $0 + $1.waiting.count } } }

    func forget(_ task: TaskID) {
        state.withLock { _ = $0.abandoned.remove(task) }
    }
}
