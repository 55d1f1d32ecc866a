public import Model
import RPC
import Wire

/// A command that a worker runs, for who asked for it. Nothing is held here: who is too fast waits
/// for flow control, all the way to the command's pipes.
public final class ExecSession: Sendable {
    private let requests: RPCRequestStream
    private let writer: RPCStreamWriter
    private let over = Awaited<Bool>()

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
                return try WireCodec.decodeExecOutput(message)
            } catch {
                return .failed("The worker said what is not understood: \(error).")
            }
        } catch {
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
        over.give(true)
    }

    /// Waits for ``end()``; the end of the call cancels its task.
    func untilOver() async {
        _ = await over.value(orWhenCancelled: true)
    }
}
