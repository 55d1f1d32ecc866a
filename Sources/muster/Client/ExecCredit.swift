import Synchronization

/// How much input may be on the way to a command: what is sent is used up, and comes back when the
/// command has taken it.
final class ExecCredit: Sendable {
    private struct State {
        var bytes: Int
        var waiter: CheckedContinuation<Int, Never>?
    }

    private let state: Mutex<State>

    init(_ bytes: Int) {
        state = Mutex(State(bytes: bytes))
    }

    /// Waits until there is some. For one waiter.
    func some() async -> Int {
        await withCheckedContinuation { (waiter: CheckedContinuation<Int, Never>) in
            let bytes = state.withLock { state -> Int in
                if state.bytes <= 0 { state.waiter = waiter }
                return state.bytes
            }
            if bytes > 0 { waiter.resume(returning: bytes) }
        }
    }

    func use(_ bytes: Int) {
        state.withLock { $0.bytes -= bytes }
    }

    func giveBack(_ count: Int) {
        let (waiter, bytes) = state.withLock { state -> (CheckedContinuation<Int, Never>?, Int) in
            state.bytes += count
            guard state.bytes > 0 else { return (nil, 0) }
            defer { state.waiter = nil }
            return (state.waiter, state.bytes)
        }
        waiter?.resume(returning: bytes)
    }
}
