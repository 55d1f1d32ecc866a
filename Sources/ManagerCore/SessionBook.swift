package import Model

/// Which connection carries which session, and where each session's assignments go.
///
/// Leases, not this, decide who is lost; this only knows about connections, and who does not
/// listen. A session is believed on the connection that registered it and on no other, so that a
/// session's id is of no use to a thief. The shell and the simulator keep one each; inlinable,
/// since it is on the path of every heartbeat and generic.
package struct SessionBook<ConnectionID: Hashable & Sendable, Stream: AnyObject & Sendable>:
    Sendable
{
    /// Heartbeats in a row that may come without a stream and without asking for one, or without
    /// an acknowledgement of what was sent on it. Counted in heartbeats rather than seconds: a
    /// manager that was paused holds nothing against a worker.
    @inlinable
    package static var deafBeatsMaximum: Int { 10 }

    /// A session and its connection.
    @usableFromInline
    struct Line: Sendable {
        @usableFromInline let connection: ConnectionID
        /// Where its assignments go.
        @usableFromInline var stream: Stream?
        /// The newest revision sent on its stream.
        @usableFromInline var sent: UInt64 = 0
        /// The newest revision it acknowledged.
        @usableFromInline var acknowledged: UInt64 = 0
        /// Heartbeats in a row that showed it no further.
        @usableFromInline var deafBeats = 0
        /// Streams that it asked for and has no answer about.
        @usableFromInline var openings = 0

        @usableFromInline
        init(connection: ConnectionID) {
            self.connection = connection
        }
    }

    @usableFromInline
    struct Connection: Sendable {
        @usableFromInline var sessions: Set<SessionID> = []
        /// Whether a person was told that it was refused.
        @usableFromInline var isAccused = false

        @usableFromInline
        init() {}
    }

    /// Connections that made a call and are open.
    @usableFromInline var connections: [ConnectionID: Connection] = [:]
    @usableFromInline var lines: [SessionID: Line] = [:]

    @inlinable
    package init() {}

    // MARK: Connections

    /// A connection made a call that may give it a session.
    @inlinable
    package mutating func opened(_ connection: ConnectionID) {
        if connections[connection] == nil { connections[connection] = Connection() }
    }

    /// Notes that an open connection was refused something.
    ///
    /// - Returns: Whether it is the first time: more would only fill logs.
    @inlinable
    package mutating func accuse(_ connection: ConnectionID) -> Bool {
        let wasAccused = connections[connection]?.isAccused ?? false
        connections[connection, default: Connection()].isAccused = true
        return !wasAccused
    }

    /// The connection is gone.
    ///
    /// - Returns: The sessions it carried.
    @inlinable
    package mutating func closed(_ connection: ConnectionID) -> [SessionID] {
        let carried = connections.removeValue(forKey: connection)?.sessions ?? []
        for session in carried { lines[session] = nil }
        return carried.sorted()
    }

    /// Ties a new session to its connection.
    ///
    /// - Returns: False when the connection has closed in the meantime.
    @inlinable
    package mutating func bind(_ session: SessionID, to connection: ConnectionID) -> Bool {
        guard connections[connection]?.sessions.insert(session) != nil else { return false }
        lines[session] = Line(connection: connection)
        return true
    }

    /// What a session is to the connection that names it.
    package enum Hold: Hashable, Sendable {
        /// It was registered there.
        case held
        /// It was registered on another, which is open.
        case elsewhere
        /// It has no connection.
        case none
    }

    /// Whether a session may be spoken of on a connection.
    @inlinable
    package func hold(of session: SessionID, on connection: ConnectionID) -> Hold {
        guard let line = lines[session] else { return .none }
        return line.connection == connection ? .held : .elsewhere
    }

    /// The session that a connection registered, if it is one that shows a certificate: then it has
    /// one at most.
    @inlinable
    package func session(on connection: ConnectionID) -> SessionID? {
        connections[connection]?.sessions.first
    }

    /// The session is over.
    ///
    /// - Returns: The stream to end.
    @inlinable
    package mutating func forget(_ session: SessionID) -> Stream? {
        let line = lines.removeValue(forKey: session)
        if let line { connections[line.connection]?.sessions.remove(session) }
        return line?.stream
    }

    // MARK: Heartbeats

    /// What a heartbeat finds.
    package enum Hearing: Sendable {
        /// - stuck: A stream on which acknowledgements no longer come forward, which is to be ended
        ///   so that the worker opens another and starts from the complete set.
        case heard(stuck: Stream?)
        /// The worker has had no stream for too long: it is to register again.
        case deaf
        /// The session may not be spoken of here.
        case refused(Hold)
    }

    /// A heartbeat came with the newest revision that the worker has taken over.
    @inlinable
    package mutating func heard(
        _ session: SessionID, on connection: ConnectionID, acknowledged: UInt64
    ) -> Hearing {
        guard let index = lines.index(forKey: session) else { return .refused(.none) }
        guard lines.values[index].connection == connection else { return .refused(.elsewhere) }
        return Self.hear(&lines.values[index], acknowledged)
    }

    @inlinable
    static func hear(_ line: inout Line, _ acknowledged: UInt64) -> Hearing {
        let isFurther = acknowledged >= line.sent || acknowledged > line.acknowledged
        line.acknowledged = max(line.acknowledged, acknowledged)
        // Who waits for its stream is not deaf: it may be the core that is held up.
        let isListening = line.openings > 0 || line.stream != nil && isFurther
        line.deafBeats = isListening ? 0 : line.deafBeats + 1
        guard line.deafBeats > deafBeatsMaximum else { return .heard(stuck: nil) }
        guard let stuck = line.stream else { return .deaf }
        line.deafBeats = 0
        line.stream = nil
        return .heard(stuck: stuck)
    }

    // MARK: Streams

    /// The session asked for a stream, so it listens. ``answered(_:)`` follows, whatever the
    /// answer.
    @inlinable
    package mutating func opening(_ session: SessionID) {
        lines[session]?.openings += 1
        lines[session]?.deafBeats = 0
    }

    /// The session has the answer to an ``opening(_:)``.
    @inlinable
    package mutating func answered(_ session: SessionID) {
        lines[session]?.openings -= 1
    }

    /// Notes what a session has to acknowledge.
    @inlinable
    package mutating func sent(_ revision: UInt64, on session: SessionID) {
        lines[session]?.sent = revision
    }

    /// Makes this the session's stream.
    ///
    /// - Returns: The one it had, which is to be ended.
    @inlinable
    package mutating func attach(_ stream: Stream, to session: SessionID) -> Stream? {
        defer { lines[session]?.stream = stream }
        return lines[session]?.stream
    }

    @inlinable
    package func stream(of session: SessionID) -> Stream? {
        lines[session]?.stream
    }

    /// Takes the session's stream out, if there is one.
    @inlinable
    package mutating func detach(_ session: SessionID) -> Stream? {
        defer { lines[session]?.stream = nil }
        return lines[session]?.stream
    }

    /// The stream ended by itself. A newer one of the session stays.
    @inlinable
    package mutating func ended(_ stream: Stream, of session: SessionID) {
        if lines[session]?.stream === stream { lines[session]?.stream = nil }
    }
}
