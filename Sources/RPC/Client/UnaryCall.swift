import Synchronization

/// A unary call that a task waits for.
final class UnaryCall: ClientCallReceiver {
    typealias Outcome = Result<[UInt8], RPCError>

    private struct State {
        var continuation: CheckedContinuation<Outcome, Never>?
        var outcome: Outcome?
        var message: [UInt8]?
        var messageCount = 0

        func result(_ status: RPCStatus) -> Outcome {
            guard status.code == .ok else { return .failure(RPCError(status)) }
            guard messageCount == 1, let message else {
                return .failure(
                    RPCError(.internalError, "the server answered with \(messageCount) messages"))
            }
            return .success(message)
        }
    }

    private let state = Mutex(State())

    var isOver: Bool { state.withLock { $0.outcome != nil } }

    /// The task waits from now on.
    func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome = state.withLock { state in
            if state.outcome == nil { state.continuation = continuation }
            return state.outcome
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    func receive(_ message: [UInt8]) -> Bool {
        state.withLock { state in
            state.messageCount += 1
            state.message = message
        }
        return true
    }

    func end(_ status: RPCStatus) {
        let (continuation, outcome) = state.withLock { state in
            let outcome = state.outcome ?? state.result(status)
            state.outcome = outcome
            defer { state.continuation = nil }
            return (state.continuation, outcome)
        }
        continuation?.resume(returning: outcome)
    }
}
