import CProcess
import Dispatch
import Glibc
import Model
import Synchronization

/// A command under a runner of its own (`exec.c` of muster-supervisor), which ends it when the
/// lifeline is closed: by ``kill()``, when nobody holds this any more, or by the agent's death.
final class ProcessCommand: RunningCommand {
    private let input: Mutex<Descriptor?>
    private let outputEnd: Descriptor
    private let errorEnd: Descriptor?
    private let lifeline: Mutex<Descriptor?>
    private let hasTerminal: Bool
    private let end = Answer()

    /// What ends the input of a terminal: Ctrl-D.
    private static let endOfTransmission: UInt8 = 4

    /// - Parameter runner: its pidfd, which is closed here.
    init(runner: Int32, _ streams: CommandStreams, hasTerminal: Bool) {
        input = Mutex(streams.input)
        outputEnd = streams.output
        errorEnd = streams.errors
        lifeline = Mutex(streams.lifeline)
        self.hasTerminal = hasTerminal
        let source = DispatchSource.makeReadSource(fileDescriptor: runner, queue: .global())
        let outputs = [streams.output, streams.errors].compactMap { $0 }
        // Not held here: the input ends when it is let go.
        source.setEventHandler { [end, weak input = streams.input] in
            let code = cprocess_pidfd_exit_code(runner)
            guard code != -EAGAIN else { return }
            end.give(code)
            // A process that got away may hold the other ends for ever.
            for descriptor in outputs { descriptor.giveUp() }
            input?.giveUp()
            source.cancel()
        }
        source.setCancelHandler { close(runner) }
        source.activate()
    }

    func output() async -> [UInt8]? { await outputEnd.read() }

    func errors() async -> [UInt8]? { await errorEnd?.read() }

    func write(_ bytes: [UInt8]) async {
        await input.withLock { $0 }?.write(bytes)
    }

    func endInput() async {
        if hasTerminal {
            await write([Self.endOfTransmission])
        } else {
            input.withLock { $0 = nil }
        }
    }

    func resize(_ size: TerminalSize) {
        guard hasTerminal else { return }
        _ = cprocess_terminal_resize(outputEnd.number, Int32(size.columns), Int32(size.rows))
    }

    func kill() {
        lifeline.withLock { $0 = nil }
    }

    func exitCode() async -> Int32? {
        let code: Int32 = await withCheckedContinuation { end.await($0) }
        return code < 0 ? nil : code
    }
}
