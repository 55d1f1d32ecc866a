import DequeModule
import Synchronization

/// Messages that have arrived and wait for their one reader. Bounded: without room, the connection
/// holds the peer by flow control.
///
/// The connection's side runs on its event loop; the reader may be anywhere.
final class InboundMessages: Sendable {
    /// A message and how it came.
    struct Message {
        var bytes: [UInt8]
        var wasCompressed: Bool
    }

    private typealias Outcome = Result<Message?, RPCError>
    private typealias Waiter = CheckedContinuation<Outcome, Never>
    private typealias Watcher = CheckedContinuation<Void, Never>

    /// How the reader reaches the connection, from any thread.
    struct Hooks: Sendable {
        /// There is room again.
        let release: @Sendable () -> Void
        /// The reader wants no more.
        let cancel: @Sendable () -> Void
    }

    private struct State {
        var messages: Deque<Message> = []
        var bytes = 0
        var waiter: Waiter?
        var end: RPCError?
        var hasEnded = false
        /// The connection was told that there is no room.
        var isHeld = false
        /// Set while the call is on a connection.
        var hooks: Hooks?
        /// Those who wait for the end alone.
        var watchers: [Watcher] = []
    }

    /// What a message costs beside its bytes: small ones must not hold many times the bound.
    private static let overhead = 64

    private let state = Mutex(State())
    private let bytesMaximum: Int

    init(bytesMaximum: Int) {
        self.bytesMaximum = bytesMaximum
    }

    var isOver: Bool { state.withLock { $0.hasEnded } }

    // MARK: The connection's side

    func attach(_ hooks: Hooks) {
        state.withLock { state in
            if !state.hasEnded { state.hooks = hooks }
        }
    }

    /// Takes a message. Whether there is room for more.
    func receive(_ bytes: [UInt8], wasCompressed: Bool = false) -> Bool {
        let message = Message(bytes: bytes, wasCompressed: wasCompressed)
        let (waiter, hasRoom) = state.withLock { state -> (Waiter?, Bool) in
            guard !state.hasEnded else { return (nil, true) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, true)
            }
            state.messages.append(message)
            state.bytes += bytes.count + Self.overhead
            state.isHeld = state.bytes >= bytesMaximum
            return (nil, !state.isHeld)
        }
        waiter?.resume(returning: .success(message))
        return hasRoom
    }

    /// Nothing follows; without an error the reader finds an end. What has arrived can be read.
    func end(_ error: RPCError?) {
        let (waiter, watchers) = state.withLock { state -> (Waiter?, [Watcher]) in
            guard !state.hasEnded else { return (nil, []) }
            state.hasEnded = true
            state.end = error
            state.hooks = nil
            defer {
                state.waiter = nil
                state.watchers = []
            }
            return (state.waiter, state.watchers)
        }
        waiter?.resume(returning: Self.outcome(error))
        for watcher in watchers { watcher.resume() }
    }

    // MARK: The reader's side

    /// The reader wants no more; what was not read is gone.
    func cancel() {
        let hooks = state.withLock { state in
            defer {
                state.messages = []
                state.bytes = 0
            }
            return state.hooks
        }
        end(RPCError(.cancelled, "the call was cancelled"))
        hooks?.cancel()
    }

    /// Waits until nothing more can arrive; what has may still be there.
    func untilEnded() async {
        await withCheckedContinuation { (watcher: Watcher) in
            let hasEnded = state.withLock { state -> Bool in
                if !state.hasEnded { state.watchers.append(watcher) }
                return state.hasEnded
            }
            if hasEnded { watcher.resume() }
        }
    }

    func next() async throws(RPCError) -> Message? {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in take(waiter) }
        } onCancel: {
            cancel()
        }
        return try outcome.get()
    }

    private func take(_ waiter: Waiter) {
        let (outcome, release) = state.withLock { state -> (Outcome?, (@Sendable () -> Void)?) in
            if let message = state.messages.popFirst() {
                state.bytes -= message.bytes.count + Self.overhead
                let hasRoom = state.isHeld && state.bytes <= bytesMaximum / 2
                if hasRoom { state.isHeld = false }
                return (.success(message), hasRoom ? state.hooks?.release : nil)
            }
            if state.hasEnded { return (Self.outcome(state.end), nil) }
            guard state.waiter == nil else {
                return (.failure(RPCError(.internalError, "the stream has another reader")), nil)
            }
            state.waiter = waiter
            return (nil, nil)
        }
        release?()
        if let outcome { waiter.resume(returning: outcome) }
    }

    private static func outcome(_ error: RPCError?) -> Outcome {
        error.map { .failure($0) } ?? .success(nil)
    }
}
