import CRI
import Glibc
import Model
import RPC
import Synchronization

/// A command in a container, with named pipes to containerd's shim.
final class ContainerdCommand: RunningCommand {
    private let process: RunningProcess
    private let input: Mutex<Descriptor?>
    private let pipes: (output: Descriptor, errors: Descriptor?)
    private let sizes: AsyncStream<TerminalSize>.Continuation?

    /// What ends the input of a terminal: Ctrl-D.
    private static let endOfTransmission: UInt8 = 4

    init(_ process: RunningProcess, _ pipes: CommandPipes, hasTerminal: Bool) {
        self.process = process
        input = Mutex(pipes.input)
        self.pipes = (pipes.output, pipes.errors)
        if hasTerminal {
            let (stream, sizes) = AsyncStream.makeStream(
                of: TerminalSize.self, bufferingPolicy: .bufferingNewest(1))
            self.sizes = sizes
            Task { for await size in stream { await process.resize(size) } }
        } else {
            sizes = nil
        }
        // Not held by it: the input ends when it is let go.
        Task { [outputs = pipes.outputs, weak input = pipes.input, folder = pipes.folder] in
            await process.follow { input?.giveUp() }
            await process.cleanUp(outputs)
            await process.lanes.runOnFiles { Files.remove(folder) }
        }
    }

    deinit {
        sizes?.finish()
        kill()
    }

    func output() async -> [UInt8]? { await pipes.output.read() }

    func errors() async -> [UInt8]? { await pipes.errors?.read() }

    func write(_ bytes: [UInt8]) async {
        await input.withLock { $0 }?.write(bytes)
    }

    func endInput() async {
        if sizes != nil {
            await write([Self.endOfTransmission])
        } else {
            input.withLock { $0 = nil }
            await process.closeInput()
        }
    }

    func resize(_ size: TerminalSize) {
        sizes?.yield(size)
    }

    func kill() {
        guard process.markKilled() else { return }
        Task { [process] in await process.kill() }
    }

    func exitCode() async -> Int32? { await process.exitCode() }
}

/// A process that containerd runs for a command.
final class RunningProcess: Sendable {
    /// A command may run as long as its container.
    private static let everlasting = Duration.seconds(365 * 86_400)
    /// How long the shim may take to pass on the last of the output.
    private static let lastWords = Duration.seconds(1)

    private let client: CRIClient
    private let name: ProcessName
    private let session: CommandSession?
    let lanes: Lanes
    private let end = Answer()
    private let isKilled = Atomic(false)

    init(
        _ client: CRIClient, _ name: ProcessName, session: CommandSession?, _ lanes: Lanes
    ) {
        self.client = client
        self.name = name
        self.session = session
        self.lanes = lanes
    }

    /// Returns when it has ended, and what it started with it.
    func follow(_ whenEnded: () -> Void) async {
        let status: ProcessNumber? = try? await client.call(
            .waitProcess, name, timeout: Self.everlasting)
        await killSession()
        end.give(status.map { Int32(clamping: $0.number) } ?? -1)
        whenEnded()
    }

    /// Has containerd forget it, when its output was read. A process that got away may hold the
    /// pipes for ever: when nothing more comes, nobody waits for them.
    func cleanUp(_ outputs: [Descriptor]) async {
        repeat {
            try? await Task.sleep(for: Self.lastWords)
        } while outputs.contains { $0.holdsBytes } && !isKilled.load(ordering: .relaxed)
        for output in outputs { output.giveUp() }
        await forget()
    }

    func forget() async {
        try? await client.call(.deleteProcess, name)
    }

    /// False when it was before.
    func markKilled() -> Bool {
        !isKilled.exchange(true, ordering: .relaxed)
    }

    func kill() async {
        try? await client.call(
            .killProcess,
            KillProcess(
                container: name.container, process: name.process, signal: UInt32(SIGKILL)))
        await killSession()
    }

    /// It looks at all processes of the host.
    private func killSession() async {
        guard let session else { return }
        await lanes.runOnFiles { session.kill() }
    }

    func resize(_ size: TerminalSize) async {
        try? await client.once(
            .resizeTerminal,
            ResizeTerminal(
                container: name.container, process: name.process, width: UInt32(size.columns),
                height: UInt32(size.rows)))
    }

    /// The shim holds the pipe open for writing itself.
    func closeInput() async {
        try? await client.call(
            .closeInput, CloseInput(container: name.container, process: name.process))
    }

    /// For one caller.
    func exitCode() async -> Int32? {
        let code: Int32 = await withCheckedContinuation { end.await($0) }
        return code < 0 ? nil : code
    }
}
