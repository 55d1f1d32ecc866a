import CProcess
import Dispatch
import Glibc
public import Model

// Health checks: each is run by a process of muster-supervisor, which gives it what the container
// got, ends it when its time is over or the container's, and leaves nothing behind. It ends by
// itself, so an agent's death costs no more than its answer.
extension ProcessRuntime {
    /// What the runner's exit code says (`check_result` in the supervisor's `supervisor.h`).
    private enum Code {
        static let passed: Int32 = 0
        static let containerEnded: Int32 = 3
    }

    public func check(
        _ container: ContainerKey, _ check: HealthCheck
    ) async throws(RuntimeError) -> Bool? {
        let runner = try await lanes.run(container.task) { () throws(RuntimeError) in
            try self.beginCheck(of: container, check)
        }
        guard let runner else { return nil }
        let code = await Self.end(of: runner, on: lanes.lane(of: container.task))
        return code == Code.containerEnded || code == -ECANCELED ? nil : code == Code.passed
    }

    /// Gives a pidfd of the runner; `nil` when the container does not run.
    private func beginCheck(
        of key: ContainerKey, _ check: HealthCheck
    ) throws(RuntimeError) -> Int32? {
        try telling(RuntimeError.cannotInspect) {
            let folder = data.container(key)
            guard let arguments = check.arguments, try folder.exit() == nil,
                let started = try folder.started(), started.boot == currentBoot()
            else { return nil }
            let words =
                [
                    "muster-supervisor", "--check", folder.path, String(check.timeout * 1_000),
                    String(started.pid), String(started.start),
                ] + arguments
            var pointers = words.map { strdup($0) }
            defer { pointers.forEach { free($0) } }
            pointers.append(nil)
            let runner = cprocess_spawn_check(supervisorProgram, pointers)
            try checked(runner, "can't run the health check of container \(key.name)")
            return runner
        }
    }

    /// Waits for a runner's end and takes its exit code. An agent that is to end does not wait: the
    /// runner ends by itself.
    private static func end(of runner: Int32, on queue: DispatchQueue) async -> Int32 {
        let answer = Answer()
        let source = DispatchSource.makeReadSource(fileDescriptor: runner, queue: queue)
        source.setEventHandler {
            answer.give(cprocess_pidfd_exit_code(runner))
            source.cancel()
        }
        source.setCancelHandler { close(runner) }
        source.activate()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { answer.await($0) }
        } onCancel: {
            answer.give(-ECANCELED)
        }
    }
}
