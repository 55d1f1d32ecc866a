import Model
import RPC
import Synchronization

/// Which connection carries which session, and where each session's assignments go.
///
/// Leases, not this, decide who is lost; this only knows about sockets, and who does not listen.
final class SessionTable: Sendable {
    /// Heartbeats in a row that may come without a stream, or without an acknowledgement of what
    /// was sent on it. Counted in heartbeats rather than seconds, so that a manager that was paused
    /// holds nothing against a worker.
    static let deafBeatsMaximum = 10

    /// How far a session listens.
    private struct Line {
        /// The newest revision sent on its stream.
        var sent: UInt64 = 0
        /// The newest revision it acknowledged.
        var acknowledged: UInt64 = 0
        /// Heartbeats in a row that showed it no further.
        var deafBeats = 0
    }

    private struct State {
        /// Connections that made a call and are open.
        var connections: [ConnectionID: Set<SessionID>] = [:]
        var connectionOf: [SessionID: ConnectionID] = [:]
        var streams: [SessionID: RPCStreamWriter] = [:]
        var lines: [SessionID: Line] = [:]
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
            for session in carried {
                state.connectionOf[session] = nil
                state.lines[session] = nil
            }
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
            state.lines[session] = Line()
            return true
        }
    }

    /// A heartbeat came with the newest revision that the worker has taken over. A stream on which
    /// acknowledgements no longer come forward is ended, so that the worker opens another and
    /// starts from the complete set.
    ///
    /// - Returns: False when the worker has had no stream for too long: it is to register again.
    func heard(_ session: SessionID, acknowledged: UInt64) -> Bool {
        let (isHeard, stuck): (Bool, RPCStreamWriter?) = state.withLock { state in
            guard var line = state.lines[session] else { return (true, nil) }
            let isListening = state.streams[session] != nil
            let isFurther = acknowledged >= line.sent || acknowledged > line.acknowledged
            line.acknowledged = max(line.acknowledged, acknowledged)
            line.deafBeats = isListening && isFurther ? 0 : line.deafBeats + 1
            let isDeaf = line.deafBeats > Self.deafBeatsMaximum
            if isDeaf, isListening { line.deafBeats = 0 }
            state.lines[session] = line
            let stuck = isDeaf ? state.streams.removeValue(forKey: session) : nil
            return (!isDeaf || isListening, stuck)
        }
        stuck?.finish(RPCStatus(.aborted, "assignments are not acknowledged; open the stream anew"))
        return isHeard
    }

    /// Notes what a session has to acknowledge.
    func sent(_ revision: UInt64, on session: SessionID) {
        state.withLock { state in state.lines[session]?.sent = revision }
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
            state.lines[session] = nil
            if let connection = state.connectionOf.removeValue(forKey: session) {
                state.connections[connection]?.remove(session)
            }
        }
    }
}
