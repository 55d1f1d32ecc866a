import Synchronization

/// One number that is given once, before or after its one waiter comes.
final class Answer: Sendable {
    private enum State {
        case none
        case awaited(CheckedContinuation<Int32, Never>)
        case given(Int32)
    }

    private let state = Mutex(State.none)

    func await(_ continuation: CheckedContinuation<Int32, Never>) {
        let given = state.withLock { state -> Int32? in
            if case .given(let number) = state { return number }
            state = .awaited(continuation)
            return nil
        }
        if let given { continuation.resume(returning: given) }
    }

    /// The first counts.
    func give(_ number: Int32) {
        let waiting = state.withLock { state -> CheckedContinuation<Int32, Never>? in
            switch state {
            case .given: return nil
            case .none:
                state = .given(number)
                return nil
            case .awaited(let continuation):
                state = .given(number)
                return continuation
            }
        }
        waiting?.resume(returning: number)
    }
}
