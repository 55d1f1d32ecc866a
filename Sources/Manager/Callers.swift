import ClusterState
import ManagerCore
import Model
import RPC
import Synchronization

/// Who waits for an answer of the core.
enum Caller: Sendable {
    case api(@Sendable (Result<(Outcome, ClusterState), APIError>) -> Void)
    case register(RPCReply, ConnectionID)
    case report(RPCReply)
    case assignments(RPCStreamWriter, SessionID)
}

/// The callers by their number. As many as the inbox and the unsettled batches hold.
final class Callers: Sendable {
    private struct State {
        var next: UInt64 = 0
        var waiting: [CallID: Caller] = [:]
    }

    private let state = Mutex(State())

    func add(_ caller: Caller) -> CallID {
        state.withLock { state in
            state.next += 1
            let call = CallID(number: state.next)
            state.waiting[call] = caller
            return call
        }
    }

    func take(_ call: CallID) -> Caller? {
        state.withLock { $0.waiting.removeValue(forKey: call) }
    }

    func takeAll() -> [Caller] {
        state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting.sorted { $0.key.number < $1.key.number }.map(\.value)
        }
    }
}
