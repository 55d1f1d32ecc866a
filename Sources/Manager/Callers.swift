import ClusterState
import Identity
import ManagerCore
import Model
import RPC
import Synchronization

/// Who waits for an answer of the core.
enum Caller: Sendable {
    case api(@Sendable (Result<(Outcome, ClusterState), APIError>) -> Void)
    /// A first certificate or the next one.
    case certificate(RPCReply, CertificateRequest)
    case register(RPCReply, ConnectionID)
    case report(RPCReply)
    case assignments(RPCStreamWriter, SessionID)
}

/// The callers by their number. As many as the inbox and the unsettled batches hold.
final class Callers: Sendable {
    private struct State {
        var next: UInt64 = 0
        var waiting: [CallID: Caller] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// - Returns: `nil` when the manager answers nobody any more.
    func add(_ caller: Caller) -> CallID? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.next += 1
            let call = CallID(number: state.next)
            state.waiting[call] = caller
            return call
        }
    }

    func take(_ call: CallID) -> Caller? {
        state.withLock { $0.waiting.removeValue(forKey: call) }
    }

    /// Takes everybody out and lets nobody in any more.
    func close() -> [Caller] {
        state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return state.waiting.sorted { $0.key.number < $1.key.number }.map(\.value)
        }
    }
}
