import NIOCore
import Synchronization

/// The state of a connection for those that are not on its loop.
final class ConnectionWatch: Sendable {
    private struct Watched {
        var state = RPCClientConnection.State.open
        var callbacks: [@Sendable (RPCError) -> Void] = []
        var onChange: (@Sendable (RPCClientConnection.State) -> Void)?
    }

    private let watched = Mutex(Watched())
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    var isClosed: Bool {
        watched.withLock { watched in
            if case .open = watched.state { false } else { true }
        }
    }

    /// Why nothing can be called any more.
    var refusal: RPCError? {
        watched.withLock { watched in
            switch watched.state {
            case .open: nil
            case .refusing(let error, _), .closed(let error): error
            }
        }
    }

    func changed(to state: RPCClientConnection.State) {
        let before = watched.withLock { watched in
            defer {
                watched.state = state
                if case .closed = state { (watched.callbacks, watched.onChange) = ([], nil) }
            }
            return watched
        }
        before.onChange?(state)
        if case .closed(let error) = state {
            for callback in before.callbacks { callback(error) }
        }
    }

    /// For one that follows all changes; told at once when there was one already.
    func onChange(_ callback: @escaping @Sendable (RPCClientConnection.State) -> Void) {
        let state = watched.withLock { watched in
            watched.onChange = callback
            return watched.state
        }
        if case .open = state { return }
        eventLoop.execute { callback(state) }
    }

    func onClose(_ callback: @escaping @Sendable (RPCError) -> Void) {
        let error = watched.withLock { watched -> RPCError? in
            if case .closed(let error) = watched.state { return error }
            watched.callbacks.append(callback)
            return nil
        }
        if let error { eventLoop.execute { callback(error) } }
    }
}
