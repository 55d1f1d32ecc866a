import ECSAPI
import Hummingbird
import Model
import NIOCore
import Synchronization

/// Couples a command to one connection of a client: what to write next, and what was read.
///
/// The body is always read at once, so that the end of a client is noticed whatever holds up the
/// command: input waits here within the window that the client keeps to, and is said to be taken
/// when the command has it. Output is taken from the command one piece at a time.
final class ExecLink: Sendable {
    private let session: any CommandSession
    private let input = ExecInputQueue()
    private let output: ExecOutputSlot
    private let pulse: RepeatedTask
    private let tasks = Mutex<[Task<Void, Never>]>([])
    private let hasRead = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter mayGoOn: Asked at each pulse; the command ends once it says no.
    init(
        _ session: any CommandSession, pulse: Duration, _ channel: any Channel,
        mayGoOn: @escaping @Sendable () -> Bool
    ) {
        let output = ExecOutputSlot()
        self.session = session
        self.output = output
        self.pulse = channel.eventLoop.scheduleRepeatedTask(
            initialDelay: pulse.timeAmount, delay: pulse.timeAmount
        ) { _ in
            if mayGoOn() { output.beat() } else { session.end() }
        }
    }

    func begin(reading body: RequestBody) {
        let reading = Task { [session, input] in
            await input.fill(from: body)
            // The client is gone, or has all that it wanted.
            session.end()
        }
        let feeding = Task { [session, input, output] in
            while let piece = await input.next() {
                guard await session.send(piece) else { break }
                if case .data(let bytes) = piece { output.took(bytes.count) }
            }
            // What still comes is read and dropped.
            input.close()
        }
        let fetching = Task { [session, output] in
            var isOver = false
            while !isOver {
                let next = await session.next()
                isOver = next.isLast
                await output.put(next)
            }
        }
        hasRead.withLock { $0 = reading }
        tasks.withLock { $0 = [reading, feeding, fetching] }
    }

    /// What to write; `nil` after the command's last word.
    func next() async -> ExecFrame? { await output.next() }

    /// Waits until the client has ended its body.
    func untilRead() async {
        await hasRead.withLock { $0 }?.value
    }

    /// Nothing more is read or written here; the command ends.
    func close() {
        pulse.cancel()
        session.end()
        output.close()
        input.close()
        for task in tasks.withLock({ $0 }) { task.cancel() }
    }
}

/// Input of a client on its way to a command. The client keeps to ``ExecFrame/window``; one that
/// does not is taken for broken.
final class ExecInputQueue: Sendable {
    private static let maximum = 2 * ExecFrame.window

    private struct State {
        /// What a piece counts beside its data: there may be many without any.
        private static let overhead = 64

        var pieces: [ExecInput] = []
        var bytes = 0
        var isOver = false
        var waiter: CheckedContinuation<ExecInput?, Never>?

        /// Small pieces of data are joined, so that the client's window alone counts for them.
        mutating func add(_ piece: ExecInput) {
            guard case .data(let more) = piece, case .data(var last) = pieces.last,
                last.count + more.count <= ExecInput.dataMaximum
            else {
                pieces.append(piece)
                bytes += Self.cost(piece)
                return
            }
            pieces.removeLast()
            last += more
            pieces.append(.data(last))
            bytes += more.count
        }

        static func cost(_ piece: ExecInput) -> Int {
            if case .data(let bytes) = piece { overhead + bytes.count } else { overhead }
        }
    }

    private let state = Mutex(State())

    /// Reads a body to its end, or until it makes no sense.
    func fill(from body: RequestBody) async {
        var reader = ExecFrame.Reader()
        do {
            for try await buffer in body {
                reader.append(buffer.readableBytesView)
                while let frame = try reader.next() {
                    if case .input(let piece) = frame, !add(piece) { return close() }
                }
            }
        } catch {
            // What was read so far counts for nothing: the client is gone.
        }
        close()
    }

    /// - Returns: False when there is more than the client may send.
    func add(_ piece: ExecInput) -> Bool {
        let (waiter, hasRoom) = state.withLock {
            state -> (CheckedContinuation<ExecInput?, Never>?, Bool) in
            if state.isOver { return (nil, true) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, true)
            }
            state.add(piece)
            return (nil, state.bytes <= Self.maximum)
        }
        waiter?.resume(returning: piece)
        return hasRoom
    }

    /// The next piece, or `nil` when there is none any more.
    func next() async -> ExecInput? {
        await withCheckedContinuation { (waiter: CheckedContinuation<ExecInput?, Never>) in
            let known = state.withLock { state -> ExecInput?? in
                if state.isOver { return .some(nil) }
                guard let piece = state.pieces.first else {
                    state.waiter = waiter
                    return nil
                }
                state.pieces.removeFirst()
                state.bytes -= State.cost(piece)
                return piece
            }
            if let known { waiter.resume(returning: known) }
        }
    }

    /// What is here is dropped.
    func close() {
        let waiter = state.withLock { state -> CheckedContinuation<ExecInput?, Never>? in
            state.isOver = true
            state.pieces = []
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }
}

/// What is to be written to a client next: one piece of output at a time, and small news.
final class ExecOutputSlot: Sendable {
    private typealias Producer = CheckedContinuation<Void, Never>
    private typealias Waiter = CheckedContinuation<ExecFrame?, Never>
    private typealias Next = (frame: ExecFrame, producer: Producer?)

    private struct State {
        var output: ExecOutput?
        /// Who put it there and waits until it is taken.
        var producer: Producer?
        var taken = 0
        var isBeat = false
        var isOver = false
        var waiter: Waiter?

        mutating func take() -> Next? {
            if taken > 0 {
                defer { taken = 0 }
                return (frame: .taken(taken), producer: nil)
            }
            if let output {
                self.output = nil
                isOver = output.isLast
                defer { producer = nil }
                return (frame: .output(output), producer: producer)
            }
            guard isBeat else { return nil }
            isBeat = false
            return (frame: .nothing, producer: nil)
        }
    }

    private let state = Mutex(State())

    /// Waits until it was taken, or nobody will.
    func put(_ output: ExecOutput) async {
        await withCheckedContinuation { (producer: Producer) in
            change { state in
                if state.isOver { return producer }
                state.output = output
                state.producer = producer
                return nil
            }
        }
    }

    func took(_ bytes: Int) {
        change { state in
            state.taken += bytes
            return nil
        }
    }

    func beat() {
        change { state in
            state.isBeat = true
            return nil
        }
    }

    /// The next frame; `nil` when there is none any more.
    func next() async -> ExecFrame? {
        await withCheckedContinuation { (waiter: Waiter) in
            let isOver = state.withLock { state -> Bool in
                if !state.isOver { state.waiter = waiter }
                return state.isOver
            }
            if isOver { return waiter.resume(returning: nil) }
            change { _ in nil }
        }
    }

    func close() {
        let (waiter, producer) = state.withLock { state -> (Waiter?, Producer?) in
            state.isOver = true
            defer {
                state.waiter = nil
                state.producer = nil
            }
            return (state.waiter, state.producer)
        }
        waiter?.resume(returning: nil)
        producer?.resume()
    }

    /// Changes what there is and hands the next of it to who waits.
    ///
    /// - Parameter body: Gives a producer that need not wait.
    private func change(_ body: (inout State) -> Producer?) {
        let (free, waiter, next) = state.withLock { state -> (Producer?, Waiter?, Next?) in
            let free = body(&state)
            guard let waiter = state.waiter, let next = state.take() else {
                return (free, nil, nil)
            }
            state.waiter = nil
            return (free, waiter, next)
        }
        free?.resume()
        waiter?.resume(returning: next?.frame)
        next?.producer?.resume()
    }
}
