import ManagerCore
import Model
import RPC
import Synchronization

/// The manager's ``SessionBook`` behind a lock: streams are ended outside of it.
final class SessionTable: Sendable {
    typealias Book = SessionBook<ConnectionID, RPCStreamWriter>

    static var deafBeatsMaximum: Int { Book.deafBeatsMaximum }

    private let book = Mutex(Book())

    /// A connection made a call that may give it a session.
    func opened(_ connection: ConnectionID) {
        book.withLock { $0.opened(connection) }
    }

    /// Notes that an open connection was refused something.
    ///
    /// - Returns: Whether it is the first time: more would only fill logs.
    func accuse(_ connection: ConnectionID) -> Bool {
        book.withLock { $0.accuse(connection) }
    }

    /// The connection is gone.
    ///
    /// - Returns: The sessions it carried.
    func closed(_ connection: ConnectionID) -> [SessionID] {
        book.withLock { $0.closed(connection) }
    }

    /// Ties a new session to its connection.
    ///
    /// - Returns: False when the connection has closed in the meantime.
    func bind(_ session: SessionID, to connection: ConnectionID) -> Bool {
        book.withLock { $0.bind(session, to: connection) }
    }

    /// Whether a session may be spoken of on a connection.
    func hold(of session: SessionID, on connection: ConnectionID) -> Book.Hold {
        book.withLock { $0.hold(of: session, on: connection) }
    }

    /// The session that a connection registered, if it is one that shows a certificate.
    func session(on connection: ConnectionID) -> SessionID? {
        book.withLock { $0.session(on: connection) }
    }

    /// A heartbeat came with the newest revision that the worker has taken over.
    func heard(
        _ session: SessionID, on connection: ConnectionID, acknowledged: UInt64
    ) -> Book.Hearing {
        let hearing = book.withLock {
            $0.heard(session, on: connection, acknowledged: acknowledged)
        }
        if case .heard(let stuck?) = hearing {
            stuck.finish(
                RPCStatus(.aborted, "assignments are not acknowledged; open the stream anew"))
        }
        return hearing
    }

    /// Notes what a session has to acknowledge.
    func sent(_ revision: UInt64, on session: SessionID) {
        book.withLock { $0.sent(revision, on: session) }
    }

    /// The session asked for a stream. ``answered(_:)`` follows, whatever the answer.
    func opening(_ session: SessionID) {
        book.withLock { $0.opening(session) }
    }

    /// The session has the answer to an ``opening(_:)``.
    func answered(_ session: SessionID) {
        book.withLock { $0.answered(session) }
    }

    /// Makes this the session's stream and ends the one it had.
    func attach(_ writer: RPCStreamWriter, to session: SessionID) {
        let old = book.withLock { $0.attach(writer, to: session) }
        old?.finish(RPCStatus(.aborted, "the session opened another assignments stream"))
    }

    func stream(of session: SessionID) -> RPCStreamWriter? {
        book.withLock { $0.stream(of: session) }
    }

    /// Takes the session's stream out, if there is one.
    func detach(_ session: SessionID) -> RPCStreamWriter? {
        book.withLock { $0.detach(session) }
    }

    /// The stream ended by itself. A newer one of the session stays.
    func ended(_ writer: RPCStreamWriter, of session: SessionID) {
        book.withLock { $0.ended(writer, of: session) }
    }

    /// The session is over.
    func forget(_ session: SessionID) {
        let stream = book.withLock { $0.forget(session) }
        stream?.finish(RPCStatus(.failedPrecondition, "this session has ended; register again"))
    }
}
