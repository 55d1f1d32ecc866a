import Synchronization

/// A unary call that a task waits for.
final class UnaryCall: ClientCallReceiver {
    typealias Outcome = Result<RPCResponse, RPCError>

    private struct State {
        var continuation: CheckedContinuation<Outcome, Never>?
        var outcome: Outcome?
        var response = RPCResponse([])
        var messageCount = 0

        func result(_ status: RPCStatus, _ metadata: RPCMetadata) -> Outcome {
            guard status.code == .ok else {
                return .failure(RPCError(status, metadata: metadata))
            }
            guard messageCount == 1 else {
                return .failure(
                    RPCError(.internalError, "the server answered with \(messageCount) messages"))
            }
            var response = response
            response.trailingMetadata = metadata
            return .success(response)
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

    func began(_ metadata: RPCMetadata) {
        state.withLock { $0.response.initialMetadata = metadata }
    }

    func receive(_ message: [UInt8]) -> Bool {
        state.withLock { state in
            state.messageCount += 1
            state.response.message = message
        }
        return true
    }

    func end(_ status: RPCStatus, _ metadata: RPCMetadata) {
        let (continuation, outcome) = state.withLock { state in
            let outcome = state.outcome ?? state.result(status, metadata)
            state.outcome = outcome
            defer { state.continuation = nil }
            return (state.continuation, outcome)
        }
        continuation?.resume(returning: outcome)
    }
}
