package import CRI
import FoundationEssentials
package import Model

/// What a task becomes in containerd: its sandbox and its containers, in CRI's words. All that can
/// be told of a task without asking containerd is checked here.
package struct PodPlan: Sendable {
    /// The names of what the sandboxes and containers carry, so that the next agent finds them.
    enum Label {
        static let prefix = "dev.muster."
        /// Which worker's it is.
        static let owner = "dev.muster.owner"
        static let task = "dev.muster.task"
        static let arn = "dev.muster.task-arn"
        static let cluster = "dev.muster.cluster"
        static let container = "dev.muster.container"
        static let digest = "dev.muster.image-digest"
        static let restarts = "dev.muster.restarts"
        /// An annotation: the ``TaskRecord``.
        static let record = "dev.muster.record"
    }

    let record: TaskRecord
    let owner: String
    /// Where the task's files lie; its output is below.
    let folder: String
    let cgroupParent: String
    /// The folder of the volumes that tasks of the worker share.
    let sharedVolumes: String
    /// Whether the kernel can keep system calls from containers.
    let filtersCalls: Bool

    var spec: TaskSpec { record.spec }
    var mode: NetworkMode { spec.networkMode ?? .bridge }

    /// The file of a container's output, in its folder.
    static let output = "output.log"

    init(
        record: TaskRecord, owner: String, folder: String, cgroupParent: String,
        sharedVolumes: String, filtersCalls: Bool
    ) {
        self.record = record
        self.owner = owner
        self.folder = folder
        self.cgroupParent = cgroupParent
        self.sharedVolumes = sharedVolumes
        self.filtersCalls = filtersCalls
    }

    /// For a benchmark that asks containerd for the same as this runtime: a task without ports of
    /// the host or volumes.
    package init(spec: TaskSpec, owner: String, folder: String, cgroupParent: String) {
        self.init(
            record: TaskRecord(spec: spec, bindings: [:]), owner: owner, folder: folder,
            cgroupParent: cgroupParent, sharedVolumes: folder,
            filtersCalls: ContainerdRuntime.filtersCalls)
    }

    // MARK: The sandbox

    package func sandbox(attempt: UInt32) throws(RuntimeError) -> SandboxConfig {
        guard let record = try? JSONEncoder().encode(record) else {
            throw .cannotCreate("can't encode the spec of task \(spec.id).")
        }
        return SandboxConfig(
            metadata: SandboxMetadata(
                name: spec.id.description, uid: spec.id.description, namespace: "muster",
                attempt: attempt),
            hostname: hostname,
            logDirectory: folder, ports: ports, labels: labels,
            annotations: [Pair(Label.record, String(decoding: record, as: UTF8.self))],
            linux: SandboxLinux(
                cgroupParent: cgroupParent,
                security: SandboxSecurity(namespaces: namespaces, isPrivileged: isPrivileged),
                systemControls: systemControls))
    }

    private var ports: [PodPort] {
        guard mode == .bridge else { return [] }
        return spec.containers.flatMap { record.bindings(of: $0.name) }.map { binding in
            PodPort(
                transport: binding.transport == .udp ? .udp : .tcp,
                containerPort: Int32(binding.containerPort), hostPort: Int32(binding.hostPort))
        }
    }

    private var labels: [Pair] {
        [
            Pair(Label.owner, owner), Pair(Label.task, spec.id.description),
            Pair(Label.arn, spec.arn), Pair(Label.cluster, spec.cluster),
        ]
    }

    /// Each container has processes of its own, as ECS has it unless told otherwise; shared memory
    /// is the sandbox's, for CRI has no other.
    var namespaces: NamespaceOption {
        let pid: NamespaceMode =
            switch spec.pidMode {
            case .host: .node
            case .task: .pod
            case nil: .container
            }
        return NamespaceOption(
            network: mode == .host ? .node : .pod, pid: pid,
            ipc: spec.ipcMode == .host ? .node : .pod)
    }

    // MARK: Containers

    package func container(
        _ definition: ContainerDefinition, attempt: UInt32, restarts: Int, digest: String?
    ) throws(RuntimeError) -> ContainerConfig {
        let setup = definition.setup
        var labels = (setup?.labels ?? []).map { Pair($0.name, $0.value) } + labels
        labels.append(Pair(Label.container, definition.name))
        if let digest { labels.append(Pair(Label.digest, digest)) }
        if restarts > 0 { labels.append(Pair(Label.restarts, String(restarts))) }
        return ContainerConfig(
            metadata: ContainerMetadata(name: definition.name, attempt: attempt),
            image: ImageSpec(image: definition.image), command: definition.entryPoint,
            arguments: definition.command, workingDirectory: definition.workingDirectory ?? "",
            environment: environment(definition), mounts: try mounts(of: definition),
            devices: devices(of: definition), labels: labels,
            logPath: "\(definition.name)/\(Self.output)",
            isInteractive: setup?.isInteractive ?? false,
            hasTerminal: setup?.hasTerminal ?? false,
            linux: ContainerLinux(
                resources: resources(definition), security: try security(of: definition)))
    }

    private func resources(_ definition: ContainerDefinition) -> ContainerResources {
        let memory = Int64(definition.memory ?? 0) << 20
        let swap = memory > 0 ? Int64(definition.setup?.swapMaximum ?? 0) << 20 : 0
        return ContainerResources(
            cpuShares: definition.cpu > 0 ? min(max(Int64(definition.cpu), 2), 262_144) : 0,
            // Without a bound on swap a limit on memory would only slow the container down.
            memory: memory, memoryAndSwap: memory + swap)
    }

    /// The definition's, then Muster's own; what the image sets is below both.
    private func environment(_ definition: ContainerDefinition) -> [Pair] {
        var values: [String: String] = [:]
        let own = spec.containers.filter { $0.name == definition.name }
        let others = spec.containers.filter { $0.name != definition.name }
        // The container's own mappings come last, so that they win over its neighbours'.
        for container in others + own {
            for (mapping, port) in listening(container) {
                values["MUSTER_PORT_\(mapping.containerPort)"] = String(port)
            }
        }
        let port = listening(definition).first.map { String($0.port) }
        // With a network of its own a task keeps the port that its definition names.
        if mode != .host { values["PORT"] = port }
        for variable in definition.environment { values[variable.name] = variable.value }
        if mode == .host, let port { values["PORT"] = port }
        values["MUSTER_TASK_ID"] = spec.id.description
        values["MUSTER_TASK_ARN"] = spec.arn
        values["MUSTER_CLUSTER"] = spec.cluster
        values["MUSTER_CONTAINER_NAME"] = definition.name
        return values.sorted { $0.key < $1.key }.map { Pair($0.key, $0.value) }
    }

    /// Where a program of the container has to listen, for each mapping.
    private func listening(
        _ definition: ContainerDefinition
    ) -> [(mapping: PortMapping, port: Int)] {
        let bindings = record.bindings(of: definition.name)
        return definition.portMappings.enumerated().map { index, mapping in
            let isOnHost = mode == .host && index < bindings.count
            return (mapping, isOnHost ? bindings[index].hostPort : mapping.containerPort)
        }
    }

    // MARK: Checks

    /// Throws what this runtime can't do for the task.
    func check() throws(RuntimeError) {
        for definition in spec.containers {
            if !definition.ulimits.isEmpty {
                throw .cannotCreate(
                    "container \(definition.name) sets ulimits, which containerd's CRI has no word "
                        + "for. Leave them out, or set LimitNOFILE and the like for containerd.")
            }
            if definition.gpus ?? 0 > 0 {
                throw .cannotCreate(
                    "container \(definition.name) asks for GPUs, which the runtime containerd "
                        + "does not give.")
            }
            if let directory = definition.workingDirectory, !directory.hasPrefix("/") {
                throw .cannotCreate(
                    "workingDirectory \"\(directory)\" of \(definition.name) is not an absolute "
                        + "path.")
            }
            _ = try ContainerUser(definition)
            try check(setupOf: definition)
        }
    }
}

/// The user of a container's process, as the image knows it.
struct ContainerUser: Hashable {
    var id: Int64?
    var name = ""
    var group: Int64?

    /// Reads `user`, `uid`, `user:gid` and `uid:gid`.
    init(_ definition: ContainerDefinition) throws(RuntimeError) {
        guard let text = definition.user, !text.isEmpty else { return }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        id = Int64(parts[0])
        if id == nil { name = String(parts[0]) }
        guard parts.count == 2 else { return }
        group = Int64(parts[1])
        guard group != nil, !parts[0].isEmpty else {
            throw .cannotCreate(
                "container \(definition.name) asks for user \"\(text)\"; with containerd a group "
                    + "has to be a number, as in \"\(parts[0]):1000\".")
        }
    }
}
