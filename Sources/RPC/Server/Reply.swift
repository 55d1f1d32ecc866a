import Synchronization

/// The answer to a deferred unary call. Completed once, from any thread; what comes after the first
/// completion is ignored. One that is dropped without an answer tells the client `INTERNAL`.
public final class RPCReply: Sendable {
    typealias Outcome = Result<RPCResponse, RPCError>

    private let deliver: Mutex<(@Sendable (Outcome) -> Void)?>

    init(deliver: @escaping @Sendable (Outcome) -> Void) {
        self.deliver = Mutex(deliver)
    }

    deinit {
        complete(.failure(RPCError(.internalError, "the server dropped the call unanswered")))
    }

    /// Answers with a message.
    public func succeed(_ message: [UInt8]) {
        complete(.success(RPCResponse(message)))
    }

    /// Answers with a message and metadata.
    public func succeed(_ response: RPCResponse) {
        complete(.success(response))
    }

    /// Answers with a status other than `OK`.
    public func fail(_ error: RPCError) {
        complete(.failure(error))
    }

    private func complete(_ outcome: Outcome) {
        let deliver = self.deliver.withLock { deliver in
            defer { deliver = nil }
            return deliver
        }
        deliver?(outcome)
    }
}
