import DequeModule
import HTTP2
import Synchronization

/// Messages on their way out, as the bytes that go over the wire, and how the stream ends. Filled
/// from any thread, emptied by the connection as the peer's flow control allows.
final class OutboundMessages: Sendable {
    /// What the connection takes.
    struct Output: ~Copyable {
        /// Whole or parts of messages.
        var bytes = ByteQueue()
        /// The stream ends after them.
        var end: End?
        var isMore = false
    }

    struct End {
        var status: RPCStatus
        var metadata: RPCMetadata
    }

    private typealias Notice = @Sendable () -> Void
    private typealias Waiter = CheckedContinuation<RPCStreamWriter.Sent, Never>

    /// A message that has no room yet.
    private struct Waiting {
        let message: [UInt8]
        let compressed: Bool
        let waiter: Waiter
    }

    private struct State: ~Copyable {
        var bytes = ByteQueue()
        var end: End?
        var hasEnded = false
        /// The connection knows that there is output.
        var isAwake = false
        var compression = RPCCompression.identity
        var waiters: Deque<Waiting> = []
        /// What was taken of the connection's budget.
        var reserved = 0
        var hasOverflowed = false
        /// Bytes that can be added without another look: they are within all bounds, the connection
        /// is awake and the stream open.
        var room = 0

        var isOpen: Bool { !hasEnded && end == nil }

        /// Whether the connection must be told that there is output.
        mutating func wakeUp() -> Bool {
            defer { isAwake = true }
            return !isAwake
        }

        mutating func append(_ message: UnsafeRawBufferPointer, compressed: Bool) {
            room = 0
            Framing.append(message, to: &bytes, compression: compressed ? compression : .identity)
        }
    }

    /// Bytes that wait before ``write(_:compressed:)`` waits too.
    private static let writeAhead = 256 << 10
    /// Writers that may wait at a time.
    private static let waitersMaximum = 64
    /// Bytes that are handed over without a copy; of more, a part is copied.
    private static let handedOver = 256 << 10

    private let state = Mutex(State())
    private let bytesMaximum: Int
    private let budget: OutboundBudget?
    private let overflowed: @Sendable () -> Void
    private let wake: @Sendable () -> Void

    /// - Parameters:
    ///   - budget: what all streams of the connection have together.
    ///   - overflowed: called, from any thread, at the first message that was not taken.
    ///   - wake: called, from any thread, when there is output after there was none.
    init(
        bytesMaximum: Int, budget: OutboundBudget? = nil,
        overflowed: @escaping @Sendable () -> Void = {}, wake: @escaping @Sendable () -> Void
    ) {
        self.bytesMaximum = bytesMaximum
        self.budget = budget
        self.overflowed = overflowed
        self.wake = wake
    }

    // MARK: The writer's side

    /// Messages from now on are compressed where the writer does not say otherwise.
    func compress(with compression: RPCCompression) {
        state.withLock { state in
            state.compression = compression
            state.room = 0
        }
    }

    /// Adds a message unless the bound is reached. The path of every message of a stream.
    @inline(__always) func send(_ message: UnsafeRawBufferPointer, compressed: Bool = true)
        -> RPCStreamWriter.Sent
    {
        let size = message.count + Framing.prefixSize
        let (sent, notice) = state.withLock { state -> (RPCStreamWriter.Sent, Notice?) in
            if size <= state.room {
                state.room -= size
                Framing.append(message, to: &state.bytes)
                return (.accepted, nil)
            }
            return add(message, compressed: compressed, &state)
        }
        notice?()
        return sent
    }

    private func add(
        _ message: UnsafeRawBufferPointer, compressed: Bool, _ state: inout State
    ) -> (RPCStreamWriter.Sent, Notice?) {
        let size = message.count + Framing.prefixSize
        guard state.isOpen else { return (.ended, nil) }
        guard state.bytes.count + size <= bytesMaximum, reserve(size, &state) else {
            defer { state.hasOverflowed = true }
            return (.overflow, state.hasOverflowed ? nil : overflowed)
        }
        state.append(message, compressed: compressed)
        if state.compression == .identity {
            let bound = min(bytesMaximum, budget == nil ? .max : state.reserved)
            state.room = min(bound - state.bytes.count, state.bytes.spare)
        }
        return (.accepted, state.wakeUp() ? wake : nil)
    }

    /// Adds a message as soon as there is room. The end of the stream ends the wait, and so does
    /// the end of the call, which follows the cancellation of its task.
    func write(_ message: [UInt8], compressed: Bool = true) async -> RPCStreamWriter.Sent {
        await withCheckedContinuation { waiter in
            let (sent, wakes) = state.withLock { state -> (RPCStreamWriter.Sent?, Bool) in
                guard state.isOpen else { return (.ended, false) }
                if admit(message, compressed: compressed, &state) {
                    return (.accepted, state.wakeUp())
                }
                guard state.waiters.count < Self.waitersMaximum else { return (.overflow, false) }
                state.waiters.append(
                    Waiting(message: message, compressed: compressed, waiter: waiter))
                return (nil, false)
            }
            if wakes { wake() }
            if let sent { waiter.resume(returning: sent) }
        }
    }

    /// Ends the stream after what is there. Only the first call counts.
    func finish(_ end: End) {
        let (wakes, waiters) = state.withLock { state in
            guard state.isOpen else { return (false, Deque<Waiting>()) }
            state.end = end
            state.room = 0
            defer { state.waiters = [] }
            return (state.wakeUp(), state.waiters)
        }
        for waiting in waiters { waiting.waiter.resume(returning: .ended) }
        if wakes { wake() }
    }

    // MARK: The connection's side

    /// Takes what comes next. When nothing is left the connection will be woken by what comes then.
    func take() -> Output {
        var output = Output()
        let admitted = state.withLock { state -> [Waiter] in
            state.room = 0
            if state.bytes.count <= Self.handedOver {
                swap(&output.bytes, &state.bytes)
            } else {
                state.bytes.withUnsafeBytes {
                    output.bytes.append(.init(rebasing: $0[..<Self.handedOver]))
                }
                state.bytes.removeFirst(Self.handedOver)
            }
            if state.bytes.isEmpty { giveBack(&state) }
            let admitted = admitWaiting(&state)
            output.isMore = !state.bytes.isEmpty
            if !output.isMore {
                output.end = state.end
                state.isAwake = false
            }
            return admitted
        }
        for waiter in admitted { waiter.resume(returning: .accepted) }
        return output
    }

    /// The call is over: nobody will read any more.
    func terminate() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            state.room = 0
            state.bytes.removeAll()
            giveBack(&state)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiting in waiters { waiting.waiter.resume(returning: .ended) }
    }

    /// Takes in those that waited for room, in order.
    private func admitWaiting(_ state: inout State) -> [Waiter] {
        var admitted: [Waiter] = []
        while let waiting = state.waiters.first,
            admit(waiting.message, compressed: waiting.compressed, &state)
        {
            state.waiters.removeFirst()
            admitted.append(waiting.waiter)
        }
        return admitted
    }

    /// Takes a message in if there is room for it: there is for one at least.
    private func admit(
        _ message: [UInt8], compressed: Bool, _ state: inout State
    ) -> Bool {
        let hasRoom = reserve(message.count + Framing.prefixSize, &state)
        guard
            state.bytes.isEmpty || (hasRoom && state.bytes.count + message.count <= Self.writeAhead)
        else { return false }
        message.withUnsafeBytes { state.append($0, compressed: compressed) }
        return true
    }

    // MARK: The budget

    /// Takes what more bytes need of the connection's budget. Whether there was enough.
    private func reserve(_ bytes: Int, _ state: inout State) -> Bool {
        let missing = state.bytes.count + bytes - state.reserved
        guard let budget, missing > 0 else { return true }
        guard let taken = budget.take(atLeast: missing) else { return false }
        state.reserved += taken
        return true
    }

    private func giveBack(_ state: inout State) {
        guard state.reserved > 0 else { return }
        budget?.giveBack(state.reserved)
        state.reserved = 0
    }
}
