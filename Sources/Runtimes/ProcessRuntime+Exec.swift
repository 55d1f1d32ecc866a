import CProcess
import Glibc
public import Model

// Commands that someone asked for: each is run by a process of muster-supervisor, which gives it
// what the container got, ends it when the container ends or nobody wants it any more, and leaves
// nothing behind.
extension ProcessRuntime {
    public func exec(_ order: ExecOrder) async throws(RuntimeError) -> any RunningCommand {
        try await lanes.run(order.task) { () throws(RuntimeError) -> ProcessCommand in
            try self.beginCommand(order)
        }
    }

    private func beginCommand(_ order: ExecOrder) throws(RuntimeError) -> ProcessCommand {
        try telling(RuntimeError.cannotExec) {
            let key = ContainerKey(task: order.task, name: order.container)
            let folder = data.container(key)
            guard try folder.exit() == nil, let started = try folder.started(),
                started.boot == currentBoot()
            else {
                throw RuntimeError(
                    name: RuntimeError.cannotExec,
                    message: "container \(key.name) of task \(key.task) does not run here.")
            }
            let streams = try CommandStreams(order)
            let words =
                [
                    "muster-supervisor", "--exec", folder.path, String(started.pid),
                    String(started.start), order.terminal?.type ?? "",
                ] + order.command
            var pointers = words.map { strdup($0) }
            defer { pointers.forEach { free($0) } }
            pointers.append(nil)
            let runner = withExtendedLifetime(streams) {
                cprocess_spawn_exec(supervisorProgram, pointers, streams.descriptors)
            }
            try checked(runner, "can't run a command in container \(key.name)")
            return ProcessCommand(
                runner: runner, streams, hasTerminal: order.terminal != nil)
        }
    }
}
