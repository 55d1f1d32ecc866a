public import Model
import RPC
import Synchronization
import Wire

/// A task's output that a worker reads, for who asked for it. Nothing is held here: a worker that
/// is too fast waits for flow control.
public final class LogSession: Sendable, WorkerAnswer {
    private let requests: RPCRequestStream
    private let over = Awaited<Bool>()
    private let isEnded = Atomic(false)

    init(_ requests: RPCRequestStream) {
        self.requests = requests
    }

    /// What comes next; `nil` at the end. For one reader.
    public func next() async -> LogOutput? {
        guard !isEnded.load(ordering: .relaxed) else { return nil }
        var messages = requests.makeAsyncIterator()
        do throws(RPCError) {
            guard let message = try await messages.next() else { return nil }
            do throws(WireError) {
                return try WireCodec.decodeLogOutput(message)
            } catch {
                return .failed("The worker said what is not understood: \(error).")
            }
        } catch {
            guard !isEnded.load(ordering: .relaxed) else { return nil }
            return .failed("The worker was lost: \(error.message).")
        }
    }

    /// Nothing more is wanted. To be called in any case.
    public func end() {
        isEnded.store(true, ordering: .relaxed)
        release()
    }

    func release() {
        over.give(true)
    }

    /// Waits for ``end()``; the end of the call cancels its task.
    func untilOver() async {
        _ = await over.value(orWhenCancelled: true)
    }
}
