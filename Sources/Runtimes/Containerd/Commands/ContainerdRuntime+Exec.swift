import CRI
public import Model
import RPC

// Commands that someone asked for: by containerd's own calls, with named pipes. CRI's Exec leads to
// a server of its own, whose protocol can't even end a command's input.
extension ContainerdRuntime {
    @concurrent
    public func exec(_ order: ExecOrder) async throws(RuntimeError) -> any RunningCommand {
        let key = ContainerKey(task: order.task, name: order.container)
        guard let made = pods.made(key), made.phase == .running else {
            throw RuntimeError(
                name: RuntimeError.cannotExec,
                message: "container \(key.name) of task \(key.task) does not run here.")
        }
        let spec = try await processSpec(order, in: made.id)
        let name = ProcessName(
            container: made.id,
            process: ProcessName.commandPrefix + String(UInt64.random(in: .min ... .max), radix: 36)
        )
        let folder = "\(data.commands)/\(name.process)"
        let pipes = try await lanes.run(order.task) { () throws(RuntimeError) in
            try telling(RuntimeError.cannotExec) {
                try CommandPipes(folder, for: order, in: made.id)
            }
        }
        do throws(RPCError) {
            try await client.once(
                .execProcess,
                ExecProcess(
                    container: name.container, process: name.process, input: pipes.inputPath,
                    output: pipes.outputPath, errors: pipes.errorPath,
                    hasTerminal: order.terminal != nil, spec: spec))
            let started: ProcessNumber = try await client.once(.startProcess, name)
            let session = CommandSession(leader: started.number, container: made.id)
            // For the next agent.
            await lanes.runOnFiles {
                try? Files.write(Array(String(started.number).utf8), as: "leader", in: folder)
            }
            return ContainerdCommand(
                RunningProcess(client, name, session: session, lanes), pipes,
                hasTerminal: order.terminal != nil)
        } catch {
            // Not cancelled with its caller, whose calls would not be made.
            await Task { [client, lanes] in
                await Self.endCommand(name, folder, nil, client, lanes)
            }.value
            // What the OCI runtime could not do.
            guard error.code == .unknown || error.code == .invalidArgument else {
                throw RuntimeError(
                    name: RuntimeError.cannotExec,
                    message: "can't run a command in container \(key.name): \(error.message).")
            }
            return UnrunnableCommand(order.command.first ?? "", reason: error.message)
        }
    }

    private func processSpec(
        _ order: ExecOrder, in container: String
    ) async throws(RuntimeError) -> AnyMessage {
        do {
            let answer: GetContainerAnswer = try await client.call(.getContainer, Name(container))
            let spec = try ProcessSpec(ofContainer: answer.container?.spec?.value ?? [])
            return AnyMessage(type: ProcessSpec.type, value: try spec.running(order).json)
        } catch {
            throw RuntimeError(
                name: RuntimeError.cannotExec,
                message: "can't learn from containerd how container \(order.container) was "
                    + "started: \(error).")
        }
    }

    /// Ends what an earlier agent left: nobody is there any more for what those commands say.
    static func endLeftCommands(
        in data: DataFolder, _ client: CRIClient, _ lanes: Lanes
    ) async {
        for name in (try? Files.names(in: data.commands)) ?? [] {
            let folder = "\(data.commands)/\(name)"
            let container = text("container", in: folder)
            // Every control group's name contains an empty id.
            let leader = container.isEmpty ? nil : UInt32(text("leader", in: folder))
            await endCommand(
                ProcessName(container: container, process: name), folder,
                leader.map { CommandSession(leader: $0, container: container) }, client, lanes)
        }
    }

    private static func text(_ name: String, in folder: String) -> String {
        String(decoding: (try? Files.read("\(folder)/\(name)")) ?? [], as: UTF8.self)
    }

    private static func endCommand(
        _ name: ProcessName, _ folder: String, _ session: CommandSession?, _ client: CRIClient,
        _ lanes: Lanes
    ) async {
        let process = RunningProcess(client, name, session: session, lanes)
        await process.kill()
        await process.forget()
        await lanes.runOnFiles { Files.remove(folder) }
    }
}
