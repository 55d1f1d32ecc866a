public import Model
import NIOCore
import RPC
import Synchronization
import Wire

/// A command that a worker runs, for who asked for it. Nothing is held here: who is too fast waits
/// for flow control, all the way to the command's pipes.
public final class ExecSession: Sendable, WorkerAnswer {
    private let requests: RPCRequestStream
    private let writer: RPCStreamWriter
    private let over = Awaited<Bool>()
    private let isEnded = Atomic(false)
    /// Ends it unless its program starts in time.
    private let startTimer = Mutex<Scheduled<Void>?>(nil)

    init(_ requests: RPCRequestStream, _ writer: RPCStreamWriter) {
        self.requests = requests
        self.writer = writer
    }

    /// What comes of the command next; ``ExecOutput/isLast`` tells the last. A worker that is lost
    /// meanwhile makes it fail. For one reader.
    public func next() async -> ExecOutput {
        var messages = requests.makeAsyncIterator()
        do throws(RPCError) {
            guard let message = try await messages.next() else {
                return .failed("The worker said nothing of the command's end.")
            }
            do throws(WireError) {
                let output = try WireCodec.decodeExecOutput(message)
                if case .started = output { dropStartTimer() }
                return output
            } catch {
                return .failed("The worker said what is not understood: \(error).")
            }
        } catch {
            guard !isEnded.load(ordering: .relaxed) else {
                return .failed(
                    "The manager ended the command: its program did not start in time, the "
                        + "manager is stopping, or who asked may ask no more.")
            }
            return .failed("The worker was lost, and the command with it: \(error.message).")
        }
    }

    /// Passes something on as soon as there is room.
    ///
    /// - Returns: False when the command is over.
    public func send(_ input: ExecInput) async -> Bool {
        do {
            try await writer.write(try WireCodec.encode(input))
            return true
        } catch {
            return false
        }
    }

    /// Ends the command, wherever it is. To be called in any case.
    public func end() {
        isEnded.store(true, ordering: .relaxed)
        release()
    }

    /// The same for who knows that it is over.
    func release() {
        dropStartTimer()
        over.give(true)
    }

    /// Ends it when ``ExecOutput/started`` was not read by then.
    func mustStart(within limit: TimeAmount, on loop: any EventLoop) {
        let timer = loop.scheduleTask(in: limit) { [weak self] () -> Void in self?.end() }
        startTimer.withLock { $0 = timer }
    }

    private func dropStartTimer() {
        startTimer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
    }

    /// Waits for ``end()``; the end of the call cancels its task.
    func untilOver() async {
        _ = await over.value(orWhenCancelled: true)
    }
}
