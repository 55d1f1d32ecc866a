import CRI
import Model
import RPC

extension ContainerdRuntime {
    /// - Parameter restarts: the number of the restart; `nil` for the first start.
    func startNow(
        _ key: ContainerKey, restarts: Int?
    ) async throws(RuntimeError) -> StartedContainer {
        guard let pod = pods[key.task], let definition = pod.plan.record.definition(of: key.name)
        else {
            throw .cannotStart(
                "container \(key.name) of task \(key.task) was not prepared on this worker.")
        }
        if data.container(key).stopRequested {
            throw .cannotStart("container \(key.name) was told to stop before it started.")
        }
        if let made = pod.containers[key.name], made.restarts >= restarts ?? 0 {
            switch made.phase {
            case .running: return pod.started(key.name, made)
            case .ended:
                throw .cannotStart("container \(key.name) has already run.")
            case .made, .starting:
                return try await starts.run { () async throws(RuntimeError) in
                    try await begin(key, made.id, definition)
                }
            case .brokenOff: break
            }
        }
        // Not at the gate, where other tasks wait: a program that gives secrets may be slow.
        try await environments.provide(definition, of: key.task)
        let complete = try await complete(definition, of: key, in: pod)
        return try await starts.run { () async throws(RuntimeError) in
            let number = max(restarts ?? 0, pod.containers[key.name]?.restarts ?? 0)
            let made = try await make(key, complete, in: pod, restarts: number)
            let old = pods.made(key)
            pods.put(made, as: key)
            // Only now: of two the newer counts, and with none nobody knew that it had run.
            if let old { try? await client.call(.removeContainer, Name(old.id)) }
            return try await begin(key, made.id, complete)
        }
    }

    /// A container's definition with its image and environment as they are to be now.
    private func complete(
        _ definition: ContainerDefinition, of key: ContainerKey, in pod: Pod
    ) async throws(RuntimeError) -> ContainerDefinition {
        var definition = definition
        if let digest = pod.containers[key.name]?.digest {
            // Its tag may name another image by now.
            definition.image = await images.pinned(definition.image, to: digest)
        }
        return try environments.completed(definition, of: key.task)
    }

    private func make(
        _ key: ContainerKey, _ definition: ContainerDefinition, in pod: Pod, restarts: Int
    ) async throws(RuntimeError) -> MadeContainer {
        var attempt = pod.containers[key.name].map { $0.attempt + 1 } ?? 0
        let first = attempt
        // Only now: its tag may have moved while it waited for its turn.
        let digest = await images.digest(of: definition.image)
        try await isolate(pod)
        try await mountMemory(of: definition, pod.plan)
        let sandboxConfig = try pod.plan.sandbox(attempt: pod.attempt)
        while true {
            let config = try pod.plan.container(
                definition, attempt: attempt, restarts: restarts, digest: digest)
            let request = CreateContainer(
                sandbox: pod.sandbox, config: config, sandboxConfig: sandboxConfig)
            do throws(RPCError) {
                let answer: Name = try await client.once(.createContainer, request)
                return MadeContainer(
                    id: answer.name, attempt: attempt, restarts: restarts, digest: digest,
                    phase: .made)
            } catch {
                let isReserved = error.message.contains("reserve container name")
                guard isReserved || error.code == .unavailable || error.isOfLeftSnapshot,
                    attempt - first < Self.namesMaximum
                else {
                    throw .cannotCreate("can't create container \(key.name): \(error.message).")
                }
                attempt += 1
            }
        }
    }

    private func begin(
        _ key: ContainerKey, _ id: String, _ definition: ContainerDefinition
    ) async throws(RuntimeError) -> StartedContainer {
        pods.change(id) { $0.phase = .starting(hasEnded: false) }
        do throws(RPCError) {
            // Not cancelled with its caller, which would leave open what became of it.
            let startedAt = try await Task { await outcome(ofStart: id) }.value.get()
            let before = pods.change(id) { made in
                made.phase = .running
                made.startedAt = startedAt
            }
            cgroups.reserve(definition.memoryReservation, for: id, of: key.task)
            // Its end may have been heard of before it was waited for.
            if case .starting(hasEnded: true) = before?.was.phase {
                Task { [follower] in await follower.settle(id) }
            }
            guard let pod = pods[key.task], let made = pod.containers[key.name] else {
                throw RPCError(.notFound, "its task was removed meanwhile")
            }
            return pod.started(key.name, made)
        } catch {
            pods.change(id) { $0.phase = .ended }
            // It may run, of which nobody would hear.
            try? await client.call(.stopContainer, StopContainer(container: id, timeout: 0))
            throw .cannotStart("can't start container \(key.name): \(error.message).")
        }
    }

    private func outcome(ofStart id: String) async -> Result<WallTime, RPCError> {
        do throws(RPCError) {
            return .success(try await run(id))
        } catch {
            return .failure(error)
        }
    }

    /// Starts what was made, once, whatever becomes of containerd meanwhile.
    private func run(_ id: String) async throws(RPCError) -> WallTime {
        try await CRIClient.persistently(CRIClient.usual) { (rest) throws(RPCError) in
            do throws(RPCError) {
                try await client.once(.startContainer, Name(id), timeout: rest)
            } catch {
                let status = try await status(of: id)
                // Where the answer was lost the start may have been done.
                guard status?.state == .running || status?.state == .exited,
                    status?.reason != "StartError", status?.startedAt ?? 0 > 0
                else { throw error }
            }
            let started = try await status(of: id)?.startedAt ?? 0
            return started > 0 ? WallTime(milliseconds: started / 1_000_000) : .now()
        }
    }

    func status(of id: String) async throws(RPCError) -> ContainerDetails? {
        let answer: ContainerStatusAnswer = try await client.call(.containerStatus, Name(id))
        return answer.status
    }
}
