import NIOCore
import Synchronization

/// The state of a connection for those that are not on its loop.
final class ConnectionWatch: Sendable {
    private struct Watched {
        var state = RPCClientConnection.State.open
        var callbacks: [@Sendable (RPCError) -> Void] = []
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
            case .refusing(let error), .closed(let error): error
            }
        }
    }

    func changed(to state: RPCClientConnection.State) {
        let callbacks = watched.withLock { watched -> [@Sendable (RPCError) -> Void] in
            watched.state = state
            guard case .closed = state else { return [] }
            defer { watched.callbacks = [] }
            return watched.callbacks
        }
        if case .closed(let error) = state {
            for callback in callbacks { callback(error) }
        }
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
