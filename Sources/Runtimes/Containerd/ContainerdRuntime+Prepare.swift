import CRI
import Model
import RPC

extension ContainerdRuntime {
    /// Attempts at a sandbox's or a container's name: one is left reserved by each that failed.
    static let namesMaximum: UInt32 = 16

    /// Checks all that can be told before a start, fetches the images, and makes the sandbox, which
    /// keeps the spec. It comes last: what has none is nothing.
    func prepareNow(_ spec: TaskSpec) async throws(RuntimeError) {
        guard pods[spec.id] == nil else { return }
        let draft = plan(TaskRecord(spec: spec, bindings: [:]))
        try draft.check()
        try await environments.provide(spec)
        do throws(RuntimeError) {
            var seen: Set<String> = []
            for image in spec.containers.map(\.image) where seen.insert(image).inserted {
                try await images.provide(image, for: spec.id)
            }
            try images.pulls.check(spec.id)
            try await makeFolders(draft)
            // Not before the images, which may take half an hour.
            let plan = plan(TaskRecord(spec: spec, bindings: try choosePorts(spec)))
            let pod = try await starts.run { () async throws(RuntimeError) in
                try await makeSandbox(plan)
            }
            cgroups.limit(spec)
            pods.put(pod)
        } catch {
            release(spec)
            environments.forget(spec.id)
            let folder = data.task(spec.id)
            _ = try? await lanes.run(spec.id) { () throws(RuntimeError) in Files.remove(folder) }
            throw error
        }
    }

    private func choosePorts(
        _ spec: TaskSpec
    ) throws(RuntimeError) -> [String: [NetworkBinding]] {
        switch spec.networkMode ?? .bridge {
        case .bridge, .host: try ports.choose(for: spec)
        case .awsvpc, .none: [:]
        }
    }

    func release(_ spec: TaskSpec) {
        for container in spec.containers {
            ports.release(ContainerKey(task: spec.id, name: container.name))
        }
    }

    private func makeSandbox(_ plan: PodPlan) async throws(RuntimeError) -> Pod {
        var attempt: UInt32 = 0
        let end = ContinuousClock.now + CRIClient.usual
        while true {
            let config = try plan.sandbox(attempt: attempt)
            do throws(RPCError) {
                let answer: Name = try await client.once(
                    .runPodSandbox, RunSandbox(config: config))
                return try await pod(plan, answer.name, attempt)
            } catch {
                let isReserved = error.message.contains("reserve sandbox name")
                let isAway = error.code == .unavailable || error.isOfLeftSnapshot
                guard isReserved || isAway, attempt < Self.namesMaximum, ContinuousClock.now < end
                else {
                    // What is left even so goes with `remove`.
                    try? await removeSandboxes(of: plan.spec.id)
                    cgroups.remove(plan.spec.id)
                    throw Self.noSandbox(plan.spec, error)
                }
                // Of an attempt that failed something may be left, which holds its name.
                try await removeSandboxes(of: plan.spec.id)
                attempt += 1
            }
        }
    }

    private func pod(
        _ plan: PodPlan, _ sandbox: String, _ attempt: UInt32
    ) async throws(RPCError) -> Pod {
        Pod(
            plan: plan, sandbox: sandbox, attempt: attempt,
            address: try await address(plan.mode, of: sandbox))
    }

    /// The address of its own that a task has.
    func address(_ mode: NetworkMode, of sandbox: String) async throws(RPCError) -> String? {
        guard mode == .awsvpc else { return nil }
        let answer: SandboxStatusAnswer = try await client.call(
            .podSandboxStatus, SandboxStatusRequest(id: sandbox))
        return answer.status?.network?.address
    }

    private static func noSandbox(_ spec: TaskSpec, _ error: RPCError) -> RuntimeError {
        let advice =
            error.message.contains("cni")
            ? " Install containernetworking-plugins and put a network into /etc/cni/net.d." : ""
        return .cannotCreate("can't make the task's sandbox: \(error.message).\(advice)")
    }
}

extension RPCError {
    /// A containerd that was killed while it made a snapshot may leave its folder behind, and know
    /// nothing of it: the next one of that number fails, and takes the folder away.
    var isOfLeftSnapshot: Bool {
        message.contains("/snapshots/") && message.contains("file exists")
    }
}
