import CRI
import Logging
import Model
import RPC

extension ContainerdRuntime {
    /// The wish is on disk before the signal, so that the next agent sees to what this one began.
    func stopNow(_ key: ContainerKey, timeout: Duration) async throws(RuntimeError) {
        guard let pod = pods[key.task] else { return }
        let made = pod.containers[key.name]
        if made?.phase == .ended { return }
        let folder = data.container(key)
        let milliseconds = max(0, timeout.milliseconds)
        try await lanes.run(key.task) { () throws(RuntimeError) in
            try telling(RuntimeError.cannotStop) {
                try Files.makeFolder(folder.path, mode: 0o711)
                try folder.writeStop(milliseconds: milliseconds)
            }
        }
        guard let made, made.phase == .running else { return }
        carryOut(stopOf: made.id, key, milliseconds: milliseconds)
    }

    /// Has containerd stop a container, however often that fails, until it has ended or this
    /// runtime is gone: nobody asks again. The end is told like any other.
    func carryOut(stopOf id: String, _ key: ContainerKey, milliseconds: Int64) {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        Task { [weak self, client, follower, pods, logger] in
            var hasWarned = false
            while self != nil, pods.isRunning(id) {
                let left = max(end - .now, .zero)
                do throws(RPCError) {
                    // Whole seconds: a stop of none is SIGKILL at once.
                    let seconds = (left.milliseconds + 999) / 1_000
                    try await client.once(
                        .stopContainer, StopContainer(container: id, timeout: seconds),
                        timeout: left + CRIClient.usual)
                    await follower.settle(id)
                } catch {
                    if !hasWarned, error.code != .notFound, error.code != .unavailable {
                        hasWarned = true
                        logger.warning(
                            "containerd could not stop a container; it is asked again",
                            metadata: [
                                "task": "\(key.task)", "container": "\(key.name)",
                                "error": "\(error)",
                            ])
                    }
                    if await follower.look(at: id) { return }
                    try? await Task.sleep(
                        for: error.code == .unavailable ? CRIClient.pause : Self.stopPause)
                }
            }
        }
    }

    /// From a stop that failed to the next attempt.
    private static var stopPause: Duration { .seconds(1) }

    // MARK: Removal

    func removeNow(_ task: TaskID) async throws(RuntimeError) {
        // A prepare that failed may have left a sandbox, and no pod.
        let pod = pods.remove(task)
        do throws(RuntimeError) {
            try await removals.run { () async throws(RuntimeError) in
                try await removeSandboxes(of: task)
            }
        } catch {
            // What is left is to be removed again.
            if let pod { pods.put(pod.allEnded) }
            throw error
        }
        if let pod { release(pod.plan.spec) }
        environments.forget(task)
        images.pulls.forget(task)
        cgroups.remove(task)
        try await forget(task)
    }

    /// Ends and removes every sandbox of a task, with all that is in it.
    func removeSandboxes(of task: TaskID) async throws(RuntimeError) {
        do throws(RPCError) {
            let labels = [
                Pair(PodPlan.Label.owner, owner), Pair(PodPlan.Label.task, task.description),
            ]
            let list: SandboxList = try await client.call(
                .listPodSandbox, ListSandboxes(filter: SandboxFilter(labels: labels)))
            for sandbox in list.items {
                do throws(RPCError) {
                    try await client.call(.stopPodSandbox, Name(sandbox.id))
                } catch {
                    guard error.code == .notFound else { throw error }
                }
                try await client.call(.removePodSandbox, Name(sandbox.id))
            }
        } catch {
            throw RuntimeError(
                name: RuntimeError.cannotRemove,
                message: "can't remove the sandbox of task \(task): \(error.message).")
        }
    }
}

extension Pod {
    /// Of which no end is told any more.
    fileprivate var allEnded: Pod {
        var pod = self
        for name in containers.keys { pod.containers[name]?.phase = .ended }
        return pod
    }
}
