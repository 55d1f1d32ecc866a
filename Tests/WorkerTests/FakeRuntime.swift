import Model
import Runtimes
import Synchronization

/// A runtime whose containers are values. Like a real one it outlives agents: give the same one to
/// the next.
final class FakeRuntime: ContainerRuntime {
    struct Held: Sendable {
        var spec: TaskSpec
        var containers: [FoundContainer]
    }

    struct State: Sendable {
        var tasks: [TaskID: Held] = [:]
        var handler: (@Sendable (RuntimeEvent) -> Void)?
        /// Everything asked for, in order.
        var calls: [String] = []
        /// CPU time that a container has used by each measurement.
        var cpuTimes: [UInt64] = []
        /// Why it can run nothing.
        var fault: String?
        /// While set, `prepare` hangs.
        var isStuck = false
        var startError: RuntimeError?
        var listError: RuntimeError?
        /// The newest that was run.
        var command: FakeCommand?
        /// What comes of output that is read; then it is waited for more.
        var outputs: [LogOutput] = []
        /// Readings that ended since nobody wants them any more.
        var cancelledLogs = 0
    }

    let name = "fake"
    let attributes = [Attribute(name: "muster.runtime", value: "fake")]
    let state = Watched(State())

    func observe(_ handler: @escaping @Sendable (RuntimeEvent) -> Void) async {
        state.update { $0.handler = handler }
    }

    func list() async throws(RuntimeError) -> [FoundTask] {
        let value = state.value
        if let error = value.listError { throw error }
        return value.tasks.values.map { FoundTask(spec: $0.spec, containers: $0.containers) }
    }

    func prepare(_ spec: TaskSpec) async throws(RuntimeError) {
        state.update { $0.calls.append("prepare") }
        do {
            try await state.wait { !$0.isStuck }
        } catch {
            throw RuntimeError(name: "CannotPullContainerError", message: "cancelled")
        }
        state.update { state in
            let containers = spec.containers.map {
                FoundContainer(name: $0.name, state: .prepared, stopRequested: false)
            }
            state.tasks[spec.id] = Held(spec: spec, containers: containers)
        }
    }

    func restart(
        _ container: ContainerKey, number: Int
    ) async throws(RuntimeError) -> StartedContainer {
        try await start(container)
    }

    func start(_ container: ContainerKey) async throws(RuntimeError) -> StartedContainer {
        let started = StartedContainer(
            runtimeID: "fake-\(container.name)", startedAt: WallTime(milliseconds: 1_000),
            networkBindings: [NetworkBinding(containerPort: 80, hostPort: 40_080)])
        let error = state.update { state -> RuntimeError? in
            state.calls.append("start \(container.name)")
            if let error = state.startError { return error }
            state.set(container) { $0.state = .running(started) }
            return nil
        }
        if let error { throw error }
        return started
    }

    func stop(_ container: ContainerKey, timeout: Duration) async throws(RuntimeError) {
        state.update { state in
            state.calls.append("stop \(container.name)")
            state.set(container) { $0.stopRequested = true }
        }
        exit(container, code: 143)
    }

    func exec(_ order: ExecOrder) async throws(RuntimeError) -> any RunningCommand {
        guard order.container != "gone" else {
            throw RuntimeError(
                name: "CannotExecuteCommandError", message: "gone does not run here.")
        }
        let command = FakeCommand()
        state.update { $0.command = command }
        return command
    }

    func log(_ order: LogOrder) async throws(RuntimeError) -> any RunningLog {
        guard order.container != "gone" else {
            throw RuntimeError(name: "CannotInspectContainerError", message: "gone is not here.")
        }
        return FakeLog(runtime: self, follows: order.follows)
    }

    func fault() async -> String? { state.value.fault }

    func usage() async throws(RuntimeError) -> [RuntimeUsage] {
        state.update { state in
            guard !state.cpuTimes.isEmpty else { return [] }
            let time = state.cpuTimes.removeFirst()
            return state.tasks.values.flatMap { held in
                held.containers.map { container in
                    RuntimeUsage(
                        container: ContainerKey(task: held.spec.id, name: container.name),
                        cpuTime: time, memory: 1_000)
                }
            }
        }
    }

    func remove(_ task: TaskID) async throws(RuntimeError) {
        state.update { state in
            state.calls.append("remove")
            state.tasks[task] = nil
        }
    }

    /// A container ends, by itself or not.
    func exit(_ container: ContainerKey, code: Int) {
        let end = ContainerExit(code: code, finishedAt: WallTime(milliseconds: 2_000))
        let handler = state.update { state in
            state.set(container) { $0.state = .exited(nil, end) }
            return state.handler
        }
        handler?(.exited(container, end))
    }
}

/// Says what the runtime was given to say.
private struct FakeLog: RunningLog {
    let runtime: FakeRuntime
    let follows: Bool

    func next() async -> LogOutput? {
        let output = runtime.state.update { state in
            state.outputs.isEmpty ? nil : state.outputs.removeFirst()
        }
        if let output { return output }
        guard follows else { return nil }
        // Until the task is cancelled.
        _ = try? await runtime.state.wait { _ in false }
        runtime.state.update { $0.cancelledLogs += 1 }
        return nil
    }
}

extension FakeRuntime.State {
    mutating func set(_ key: ContainerKey, _ body: (inout FoundContainer) -> Void) {
        guard var held = tasks[key.task] else { return }
        for index in held.containers.indices where held.containers[index].name == key.name {
            body(&held.containers[index])
        }
        tasks[key.task] = held
    }
}
