import DequeModule
import Model
import Synchronization

/// Lets work on one task go on one after the other, in order, and that on different tasks at the
/// same time.
final class Lines: Sendable {
    /// Those that wait behind the one whose work is under way. The core asks for each step of each
    /// container once, which bounds them.
    private let waiting = Mutex<[TaskID: Deque<CheckedContinuation<Void, Never>>]>([:])

    func run<Value>(
        _ task: TaskID, _ work: () async throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[task] != nil else {
                    waiting[task] = []
                    return true
                }
                waiting[task]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { leave(task) }
        return try await work()
    }

    private func leave(_ task: TaskID) {
        let next = waiting.withLock { waiting in
            if let next = waiting[task]?.popFirst() { return Optional(next) }
            waiting[task] = nil
            return nil
        }
        next?.resume()
    }
}

/// Lets so much work go on at a time, and the rest wait its turn.
final class Gate: Sendable {
    private struct State {
        var free: Int
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let state: Mutex<State>

    init(_ maximum: Int) {
        state = Mutex(State(free: maximum))
    }

    func run<Value>(
        _ work: () async throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer {
            let next = state.withLock { state in
                let next = state.waiting.popFirst()
                if next == nil { state.free += 1 }
                return next
            }
            next?.resume()
        }
        return try await work()
    }
}
