import Logging
import Model
import RPC
import Runtimes
import Synchronization
import Wire

/// Output of containers that a manager asked for, each task's carried on a stream of its own.
///
/// Nothing is held here: what the manager does not take stays in the files.
final class LogReads: Sendable {
    /// Readings at a time.
    static let maximum = 64

    private let runtime: any ContainerRuntime
    private let logger: Logger
    private let count = Mutex(0)

    init(runtime: any ContainerRuntime, logger: Logger) {
        self.runtime = runtime
        self.logger = logger
    }

    /// Sends what there is until its end, or the manager wants no more. Answers also where nothing
    /// can be read.
    func carry(
        _ request: LogRequest, in session: SessionID, on connection: RPCClientConnection
    ) async {
        let stream = connection.stream(WorkerService.logs)
        do {
            try await Self.send(.opening(session, request.id), on: stream)
            guard enter() else {
                let most = "the output of \(Self.maximum) tasks is being read on its worker"
                try await Self.send(.failed(most + ", which is the most."), on: stream)
                return await Self.end(stream)
            }
            defer { leave() }
            logger.debug(
                "output is read",
                metadata: ["logs": "\(request.id)", "task": "\(request.order.task)"])
            await read(request.order, on: stream)
        } catch {
            // The call is over before anything was read.
            stream.cancel()
        }
    }

    private func read(_ order: LogOrder, on stream: RPCClientStream) async {
        do throws(RuntimeError) {
            let log = try await runtime.log(order)
            await Self.copy(log, to: stream)
        } catch {
            try? await Self.send(.failed(error.message), on: stream)
            await Self.end(stream)
        }
    }

    private static func copy(_ log: any RunningLog, to stream: RPCClientStream) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    while let output = await log.next() { try await send(output, on: stream) }
                    // A reading that was cancelled has not come to its end.
                    guard !Task.isCancelled else { return }
                    await end(stream)
                } catch {
                    // The manager wants no more, or is gone.
                }
            }
            group.addTask { await stream.responses.untilEnded() }
            // Who waits for more output must hear that nobody wants it.
            await group.next()
            group.cancelAll()
            stream.cancel()
        }
    }

    /// Waits until the manager has all.
    private static func end(_ stream: RPCClientStream) async {
        stream.finish()
        await stream.responses.untilEnded()
    }

    private static func send(_ output: LogOutput, on stream: RPCClientStream) async throws {
        try await stream.send(try WireCodec.encode(output))
    }

    private func enter() -> Bool {
        count.withLock { count in
            guard count < Self.maximum else { return false }
            count += 1
            return true
        }
    }

    private func leave() {
        count.withLock { $0 -= 1 }
    }
}
