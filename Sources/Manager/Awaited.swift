import Synchronization

/// A value that is given once, before or after its one waiter comes.
final class Awaited<Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value, Never>

    private enum State {
        case none
        case waiting(Waiter)
        case given(Value)
    }

    private let state = Mutex(State.none)

    /// - Returns: Whether it is the first, which alone counts.
    @discardableResult
    func give(_ value: Value) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, Waiter?) in
            switch state {
            case .given: return (false, nil)
            case .none:
                state = .given(value)
                return (true, nil)
            case .waiting(let waiter):
                state = .given(value)
                return (true, waiter)
            }
        }
        waiter?.resume(returning: value)
        return isFirst
    }

    /// Waits for it; a task that is cancelled gives it itself.
    func value(orWhenCancelled substitute: Value) async -> Value {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let given = state.withLock { state -> Value? in
                    if case .given(let value) = state { return value }
                    state = .waiting(waiter)
                    return nil
                }
                if let given { waiter.resume(returning: given) }
            }
        } onCancel: {
            give(substitute)
        }
    }
}
