import Model
import RPC
import Synchronization

/// Which connection carries which session, and where each session's assignments go.
///
/// Leases, not this, decide who is lost; this only knows about sockets.
final class SessionTable: Sendable {
    private struct State {
        /// Connections that made a call and are open.
        var connections: [ConnectionID: Set<SessionID>] = [:]
        var connectionOf: [SessionID: ConnectionID] = [:]
        var streams: [SessionID: RPCStreamWriter] = [:]
    }

    private let state = Mutex(State())

    /// A connection made a call that may give it a session.
    func opened(_ connection: ConnectionID) {
        state.withLock { state in
            if state.connections[connection] == nil { state.connections[connection] = [] }
        }
    }

    /// The connection is gone.
    ///
    /// - Returns: The sessions it carried.
    func closed(_ connection: ConnectionID) -> [SessionID] {
        state.withLock { state in
            let carried = state.connections.removeValue(forKey: connection) ?? []
            for session in carried { state.connectionOf[session] = nil }
            return carried.sorted()
        }
    }

    /// Ties a new session to its connection.
    ///
    /// - Returns: False when the connection has closed in the meantime.
    func bind(_ session: SessionID, to connection: ConnectionID) -> Bool {
        state.withLock { state in
            guard state.connections[connection]?.insert(session) != nil else { return false }
            state.connectionOf[session] = connection
            return true
        }
    }

    /// Makes this the session's stream and ends the one it had.
    func attach(_ writer: RPCStreamWriter, to session: SessionID) {
        let old = state.withLock { $0.streams.updateValue(writer, forKey: session) }
        old?.finish(RPCStatus(.aborted, "the session opened another assignments stream"))
    }

    func stream(of session: SessionID) -> RPCStreamWriter? {
        state.withLock { $0.streams[session] }
    }

    /// Takes the session's stream out, if there is one.
    func detach(_ session: SessionID) -> RPCStreamWriter? {
        state.withLock { $0.streams.removeValue(forKey: session) }
    }

    /// The stream ended by itself. A newer one of the session stays.
    func ended(_ writer: RPCStreamWriter, of session: SessionID) {
        state.withLock { state in
            if state.streams[session] === writer { state.streams[session] = nil }
        }
    }

    /// The session is over.
    func forget(_ session: SessionID) {
        detach(session)?.finish(
            RPCStatus(.failedPrecondition, "this session has ended; register again"))
        state.withLock { state in
            if let connection = state.connectionOf.removeValue(forKey: session) {
                state.connections[connection]?.remove(session)
            }
        }
    }
}
