import Logging
import Model
import RPC
import Runtimes
import Synchronization
import Wire

/// Commands that a manager asked for, each carried on a stream of its own: the end of the stream is
/// the end of the command, and the other way round.
///
/// Nothing is held here: output that the manager does not take stays in the command's pipes, input
/// that the command does not take holds the manager by flow control.
final class CommandRuns: Sendable {
    /// Commands at a time.
    static let maximum = 16

    private let runtime: any ContainerRuntime
    private let logger: Logger
    private let count = Mutex(0)

    init(runtime: any ContainerRuntime, logger: Logger) {
        self.runtime = runtime
        self.logger = logger
    }

    /// Runs a command to its end, and answers also where it can't be run.
    func carry(
        _ request: ExecRequest, in session: SessionID, on connection: RPCClientConnection
    ) async {
        let stream = connection.stream(WorkerService.exec)
        do {
            try await Self.send(.opening(session, request.id), on: stream)
            guard enter() else {
                let most = "\(Self.maximum) commands run on this worker, which is the most"
                return await Self.end(stream, with: .failed(most + ". End one first."))
            }
            defer { leave() }
            // Its words are nobody's business: they may hold secrets.
            let metadata: Logger.Metadata = [
                "exec": "\(request.id)", "task": "\(request.order.task)",
                "container": "\(request.order.container)",
            ]
            logger.info("a command is run", metadata: metadata)
            await run(request.order, on: stream)
            logger.debug("a command is over", metadata: metadata)
        } catch {
            // The call is over before anything was run.
            stream.cancel()
        }
    }

    private func run(_ order: ExecOrder, on stream: RPCClientStream) async {
        do throws(RuntimeError) {
            let command = try await runtime.exec(order)
            await Self.run(command, on: stream)
        } catch {
            await Self.end(stream, with: .failed(error.message))
        }
    }

    private static func run(_ command: any RunningCommand, on stream: RPCClientStream) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await feed(command, from: stream.responses) }
            // Who feeds it may be held up by it.
            group.addTask {
                await stream.responses.untilEnded()
                command.kill()
            }
            do {
                try await send(.started, on: stream)
                try await withThrowingDiscardingTaskGroup { outputs in
                    outputs.addTask {
                        while let piece = await command.output() {
                            try await send(.standardOutput(piece), on: stream)
                        }
                    }
                    outputs.addTask {
                        while let piece = await command.errors() {
                            try await send(.standardError(piece), on: stream)
                        }
                    }
                }
                let code = await command.exitCode()
                try await send(
                    code.map { ExecOutput.exited($0) }
                        ?? .failed("The end of the command is not known."),
                    on: stream)
                stream.finish()
            } catch {
                stream.cancel()
            }
        }
    }

    /// Passes on what the manager sends until it ends the call.
    private static func feed(
        _ command: any RunningCommand, from responses: RPCResponseStream
    ) async {
        do {
            for try await message in responses {
                switch try WireCodec.decodeExecInput(message) {
                case .data(let bytes): await command.write(bytes)
                case .end: await command.endInput()
                case .resize(let size): command.resize(size)
                case .unknown: break
                }
            }
        } catch {
            // The call failed, or what came makes no sense: either way it is over.
            responses.cancel()
        }
        command.kill()
    }

    /// Says the last word, and waits until the manager has it.
    private static func end(_ stream: RPCClientStream, with output: ExecOutput) async {
        do {
            try await send(output, on: stream)
            stream.finish()
            for try await _ in stream.responses {}
        } catch {
            stream.cancel()
        }
    }

    private static func send(_ output: ExecOutput, on stream: RPCClientStream) async throws {
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
