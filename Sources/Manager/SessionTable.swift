import Model
import RPC
import Synchronization

/// Which connection carries which session, and where each session's assignments go.
///
/// Leases, not this, decide who is lost; this only knows about sockets, and who does not listen. A
/// session is believed on the connection that registered it and on no other, so that a session's id
/// is of no use to a thief.
final class SessionTable: Sendable {
    /// Heartbeats in a row that may come without a stream, or without an acknowledgement of what
    /// was sent on it. Counted in heartbeats rather than seconds, so that a manager that was paused
    /// holds nothing against a worker.
    static let deafBeatsMaximum = 10

    /// A session and its connection.
    private struct Line {
        let connection: ConnectionID
        /// Where its assignments go.
        var stream: RPCStreamWriter?
        /// The newest revision sent on its stream.
        var sent: UInt64 = 0
        /// The newest revision it acknowledged.
        var acknowledged: UInt64 = 0
        /// Heartbeats in a row that showed it no further.
        var deafBeats = 0
    }

    private struct Connection {
        var sessions: Set<SessionID> = []
        /// Whether a person was told that it was refused.
        var isAccused = false
    }

    private struct State {
        /// Connections that made a call and are open.
        var connections: [ConnectionID: Connection] = [:]
        var lines: [SessionID: Line] = [:]
    }

    private let state = Mutex(State())

    /// What a session is to the connection that names it.
    enum Hold: Hashable {
        /// It was registered there.
        case held
        /// It was registered on another, which is open.
        case elsewhere
        /// It has no connection.
        case none
    }

    /// A connection made a call that may give it a session.
    func opened(_ connection: ConnectionID) {
        state.withLock { state in
            if state.connections[connection] == nil { state.connections[connection] = Connection() }
        }
    }

    /// Notes that an open connection was refused something.
    ///
    /// - Returns: Whether it is the first time: more would only fill logs.
    func accuse(_ connection: ConnectionID) -> Bool {
        state.withLock { state in
            let wasAccused = state.connections[connection]?.isAccused ?? false
            state.connections[connection, default: Connection()].isAccused = true
            return !wasAccused
        }
    }

    /// The connection is gone.
    ///
    /// - Returns: The sessions it carried.
    func closed(_ connection: ConnectionID) -> [SessionID] {
        state.withLock { state in
            let carried = state.connections.removeValue(forKey: connection)?.sessions ?? []
            for session in carried { state.lines[session] = nil }
            return carried.sorted()
        }
    }

    /// Ties a new session to its connection.
    ///
    /// - Returns: False when the connection has closed in the meantime.
    func bind(_ session: SessionID, to connection: ConnectionID) -> Bool {
        state.withLock { state in
            guard state.connections[connection]?.sessions.insert(session) != nil else {
                return false
            }
            state.lines[session] = Line(connection: connection)
            return true
        }
    }

    /// Whether a session may be spoken of on a connection.
    func hold(of session: SessionID, on connection: ConnectionID) -> Hold {
        state.withLock { state in
            guard let line = state.lines[session] else { return .none }
            return line.connection == connection ? .held : .elsewhere
        }
    }

    /// The session that a connection registered, if it is one that shows a certificate: then it has
    /// one at most.
    func session(on connection: ConnectionID) -> SessionID? {
        state.withLock { $0.connections[connection]?.sessions.first }
    }

    /// What a heartbeat finds.
    enum Hearing: Hashable {
        case heard
        /// The worker has had no stream for too long: it is to register again.
        case deaf
        /// The session may not be spoken of here.
        case refused(Hold)
    }

    /// A heartbeat came with the newest revision that the worker has taken over. A stream on which
    /// acknowledgements no longer come forward is ended, so that the worker opens another and
    /// starts from the complete set.
    func heard(
        _ session: SessionID, on connection: ConnectionID, acknowledged: UInt64
    ) -> Hearing {
        let (hearing, stuck): (Hearing, RPCStreamWriter?) = state.withLock { state in
            guard let index = state.lines.index(forKey: session) else {
                return (.refused(.none), nil)
            }
            guard state.lines.values[index].connection == connection else {
                return (.refused(.elsewhere), nil)
            }
            return Self.hear(&state.lines.values[index], acknowledged)
        }
        stuck?.finish(RPCStatus(.aborted, "assignments are not acknowledged; open the stream anew"))
        return hearing
    }

    private static func hear(_ line: inout Line, _ acknowledged: UInt64) -> (
        Hearing, RPCStreamWriter?
    ) {
        let isFurther = acknowledged >= line.sent || acknowledged > line.acknowledged
        line.acknowledged = max(line.acknowledged, acknowledged)
        line.deafBeats = line.stream != nil && isFurther ? 0 : line.deafBeats + 1
        guard line.deafBeats > deafBeatsMaximum else { return (.heard, nil) }
        guard let stuck = line.stream else { return (.deaf, nil) }
        line.deafBeats = 0
        line.stream = nil
        return (.heard, stuck)
    }

    /// Notes what a session has to acknowledge.
    func sent(_ revision: UInt64, on session: SessionID) {
        state.withLock { state in state.lines[session]?.sent = revision }
    }

    /// Makes this the session's stream and ends the one it had.
    func attach(_ writer: RPCStreamWriter, to session: SessionID) {
        let old = state.withLock { state in
            defer { state.lines[session]?.stream = writer }
            return state.lines[session]?.stream
        }
        old?.finish(RPCStatus(.aborted, "the session opened another assignments stream"))
    }

    func stream(of session: SessionID) -> RPCStreamWriter? {
        state.withLock { $0.lines[session]?.stream }
    }

    /// Takes the session's stream out, if there is one.
    func detach(_ session: SessionID) -> RPCStreamWriter? {
        state.withLock { state in
            defer { state.lines[session]?.stream = nil }
            return state.lines[session]?.stream
        }
    }

    /// The stream ended by itself. A newer one of the session stays.
    func ended(_ writer: RPCStreamWriter, of session: SessionID) {
        state.withLock { state in
            if state.lines[session]?.stream === writer { state.lines[session]?.stream = nil }
        }
    }

    /// The session is over.
    func forget(_ session: SessionID) {
        let line = state.withLock { state in
            let line = state.lines.removeValue(forKey: session)
            if let line { state.connections[line.connection]?.sessions.remove(session) }
            return line
        }
        line?.stream?.finish(
            RPCStatus(.failedPrecondition, "this session has ended; register again"))
    }
}
