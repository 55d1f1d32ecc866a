import CRI
import FoundationEssentials
import Logging
import Model
import RPC

extension ContainerdRuntime {
    @concurrent
    public func list() async throws(RuntimeError) -> [FoundTask] {
        let found: (sandboxes: [SandboxItem], containers: [ContainerItem])
        do throws(RPCError) {
            let labels = [Pair(PodPlan.Label.owner, owner)]
            let sandboxes: SandboxList = try await client.call(
                .listPodSandbox, ListSandboxes(filter: SandboxFilter(labels: labels)))
            let containers: ContainerList = try await client.call(
                .listContainers, ListContainers(filter: ContainerFilter(labels: labels)))
            found = (sandboxes.items, containers.items)
        } catch {
            throw RuntimeError(
                name: RuntimeError.cannotInspect,
                message: "containerd can't list its sandboxes: \(error.message).")
        }
        let containers = Dictionary(grouping: found.containers, by: \.sandbox)
        let byTask = Dictionary(grouping: found.sandboxes) { $0.labels[PodPlan.Label.task] ?? "" }
        var tasks: [FoundTask] = []
        for (text, sandboxes) in byTask.sorted(by: { $0.key < $1.key }) {
            guard let id = TaskID(text) else { continue }
            let task = try await lines.run(id) { () async throws(RuntimeError) in
                try await find(id, sandboxes, containers)
            }
            if let task { tasks.append(task) }
        }
        try await dropFolders(without: Set(tasks.map(\.spec.id)))
        return tasks
    }

    private func find(
        _ id: TaskID, _ sandboxes: [SandboxItem], _ containers: [String: [ContainerItem]]
    ) async throws(RuntimeError) -> FoundTask? {
        // One with containers is the task's; others are of attempts that somebody gave up.
        let sorted = sandboxes.sorted { left, right in
            let (one, other) = (containers[left.id] != nil, containers[right.id] != nil)
            return one != other ? one : left.createdAt > right.createdAt
        }
        guard let sandbox = sorted.first else { return nil }
        for other in sorted.dropFirst() {
            try? await client.call(.stopPodSandbox, Name(other.id))
            try? await client.call(.removePodSandbox, Name(other.id))
        }
        guard let text = sandbox.annotations[PodPlan.Label.record],
            let record = try? JSONDecoder().decode(TaskRecord.self, from: Data(text.utf8))
        else {
            // What it ran is not known, so that nothing of it may run.
            logger.error(
                "removing a sandbox whose spec is not one", metadata: ["task": "\(id)"])
            try await removeSandboxes(of: id)
            return nil
        }
        let plan = plan(record)
        var pod = Pod(
            plan: plan, sandbox: sandbox.id, attempt: sandbox.metadata?.attempt ?? 0,
            address: (try? await address(plan.mode, of: sandbox.id)) ?? nil)
        var found: [FoundContainer] = []
        for definition in record.spec.containers {
            let key = ContainerKey(task: id, name: definition.name)
            ports.hold(record.bindings(of: definition.name), for: key)
            let newest = (containers[sandbox.id] ?? [])
                .filter { $0.labels[PodPlan.Label.container] == definition.name }
                .max { $0.metadata?.attempt ?? 0 < $1.metadata?.attempt ?? 0 }
            found.append(try await find(key, newest, in: &pod, sandbox.state))
        }
        pods.put(pod)
        // The agent before may have died between the sandbox and its limits.
        if sandbox.state == .ready { cgroups.limit(record.spec) }
        for container in found where container.stopRequested { resumeStop(of: container.name, pod) }
        return FoundTask(spec: record.spec, containers: found)
    }

    private func find(
        _ key: ContainerKey, _ item: ContainerItem?, in pod: inout Pod, _ sandbox: SandboxState
    ) async throws(RuntimeError) -> FoundContainer {
        let isStopped = data.container(key).stopRequested
        let lost = ContainerExit(
            code: nil, reason: "The host restarted before the container was started.",
            finishedAt: .now())
        guard let item else {
            return FoundContainer(
                name: key.name, state: sandbox == .ready ? .prepared : .exited(nil, lost),
                stopRequested: isStopped)
        }
        let status: ContainerDetails?
        do throws(RPCError) {
            status = try await self.status(of: item.id)
        } catch {
            throw RuntimeError(
                name: RuntimeError.cannotInspect,
                message: "can't look at container \(key.name) of task \(key.task): "
                    + "\(error.message).")
        }
        var made = MadeContainer(
            id: item.id, attempt: item.metadata?.attempt ?? 0,
            restarts: item.labels[PodPlan.Label.restarts].flatMap { Int($0) } ?? 0,
            digest: item.labels[PodPlan.Label.digest], phase: .made)
        if let started = status?.startedAt, started > 0 {
            made.startedAt = WallTime(milliseconds: started / 1_000_000)
        }
        let state: FoundContainer.State
        switch status?.state {
        case .created:
            if sandbox != .ready { made.phase = .ended }
            state = sandbox == .ready ? .prepared : .exited(nil, lost)
        case .exited where sandbox == .ready && status?.isBrokenOff == true:
            made.phase = .brokenOff
            state = .prepared
        // One that containerd lost track of may run: it is killed, and its end told.
        case .running, .unknown:
            made.phase = .running
            state = .running(pod.started(key.name, made))
        case .exited, nil:
            made.phase = .ended
            let started = made.startedAt.map { _ in pod.started(key.name, made) }
            state = .exited(started, status.map { ContainerExit($0) } ?? .gone())
        }
        pod.containers[key.name] = made
        return FoundContainer(
            name: key.name, state: state, stopRequested: isStopped, restarts: made.restarts)
    }

    /// An agent may have died between the wish and the signal, or between that and SIGKILL.
    private func resumeStop(of name: String, _ pod: Pod) {
        guard let made = pod.containers[name], made.phase == .running else { return }
        let key = ContainerKey(task: pod.plan.spec.id, name: name)
        let text = (try? Files.read(data.container(key).path + "/stop")).flatMap { $0 } ?? []
        let milliseconds = Int64(String(decoding: text, as: UTF8.self)) ?? 0
        carryOut(stopOf: made.id, key, milliseconds: milliseconds)
    }

    /// What a prepare that was cut short left, or a containerd that lost its data.
    private func dropFolders(without known: Set<TaskID>) async throws(RuntimeError) {
        let data = data
        let folders = try await lanes.runApart { () throws(RuntimeError) in
            try telling(RuntimeError.cannotInspect) { try data.taskIDs() }
        }
        for task in folders where !known.contains(task) {
            cgroups.remove(task)
            try await forget(task)
        }
    }
}

extension ContainerDetails {
    /// Whether its start ended with the agent that asked for it, before anything of it ran.
    fileprivate var isBrokenOff: Bool {
        reason == "StartError" && startedAt == 0 && text.contains("context canceled")
    }
}
