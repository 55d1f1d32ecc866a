import CRI
import Model

// What containers ask of their surroundings, in CRI's words.
extension PodPlan {
    private var setups: [ContainerSetup] { spec.containers.compactMap(\.setup) }

    // MARK: The sandbox

    /// All containers of a sandbox have its name.
    var hostname: String {
        if mode == .host { return "" }
        return setups.compactMap(\.hostname).first ?? spec.id.description
    }

    var isPrivileged: Bool { setups.contains(where: \.isPrivileged) }

    /// They are of the namespaces that all containers of a sandbox share.
    var systemControls: [Pair] {
        var values: [String: String] = [:]
        for control in setups.flatMap(\.systemControls) { values[control.name] = control.value }
        return values.sorted { $0.key < $1.key }.map { Pair($0.key, $0.value) }
    }

    // MARK: Containers

    func mounts(of definition: ContainerDefinition) throws(RuntimeError) -> [HostMount] {
        guard let setup = definition.setup else { return [] }
        let memory = try memoryMounts(of: definition).map { mount in
            HostMount(containerPath: mount.path, hostPath: mount.hostPath)
        }
        let files = GeneratedFile.all(for: setup).map { file in
            HostMount(
                containerPath: file.path, hostPath: "\(folder)/\(definition.name)/\(file.name)",
                isReadOnly: setup.hasReadOnlyRoot)
        }
        return files + memory
            + setup.mounts.map { mount in
                HostMount(
                    containerPath: mount.path, hostPath: hostPath(of: mount.volume),
                    isReadOnly: mount.isReadOnly)
            }
    }

    /// What of a container's is in memory, /dev/shm among it where its size is given.
    func memoryMounts(
        of definition: ContainerDefinition
    ) throws(RuntimeError) -> [MemoryMount] {
        var folders = definition.setup?.memoryFolders ?? []
        if let size = definition.setup?.sharedMemory {
            folders.append(MemoryFolder(path: "/dev/shm", size: size))
        }
        var mounts: [MemoryMount] = []
        for folder in folders {
            mounts.append(
                try MemoryMount(
                    folder, hostPath: "\(memoryFolder(of: definition.name))/\(mounts.count)",
                    of: definition.name))
        }
        return mounts
    }

    func memoryFolder(of container: String) -> String { "\(folder)/\(Self.memory)/\(container)" }
    /// No container can have this name.
    static let memory = ".memory"

    /// Where a volume lies on the host.
    func hostPath(of volume: Volume) -> String {
        switch volume.kind {
        case .host: volume.hostPath ?? ""
        case .task: "\(ownVolumes)/\(volume.name)"
        case .shared, .existing: "\(sharedVolumes)/\(volume.name)"
        }
    }

    /// The folder of the task's own volumes: no container can have this name.
    var ownVolumes: String { "\(folder)/\(Self.volumes)" }
    static let volumes = ".volumes"

    /// Each volume that a container mounts, once.
    var volumes: [Volume] {
        var seen: Set<Volume> = []
        return setups.flatMap(\.mounts).map(\.volume).filter { seen.insert($0).inserted }
    }

    func devices(of definition: ContainerDefinition) -> [HostDevice] {
        (definition.setup?.devices ?? []).map { device in
            HostDevice(
                containerPath: device.containerPath, hostPath: device.hostPath,
                permissions: device.permissions)
        }
    }

    /// What Docker hides of the host, and what it lets nobody write. containerd lifts both for a
    /// container that is privileged.
    private static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
        "/sys/firmware",
    ]
    private static let readOnlyPaths = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]

    func security(of definition: ContainerDefinition) throws(RuntimeError) -> ContainerSecurity {
        let user = try ContainerUser(definition)
        var security = ContainerSecurity(
            namespaces: namespaces, user: user.id.map { Number(value: $0) },
            userName: user.name, group: user.group.map { Number(value: $0) },
            maskedPaths: Self.maskedPaths, readOnlyPaths: Self.readOnlyPaths,
            // A privileged container has all, whatever is said.
            systemCalls: filtersCalls ? SecurityProfile(.runtimeDefault) : nil)
        guard let setup = definition.setup else { return security }
        if !setup.addedCapabilities.isEmpty || !setup.droppedCapabilities.isEmpty {
            security.capabilities = Capabilities(
                added: setup.addedCapabilities, dropped: setup.droppedCapabilities)
        }
        security.isPrivileged = setup.isPrivileged
        security.hasReadOnlyRoot = setup.hasReadOnlyRoot
        security.forbidsNewPrivileges = setup.forbidsNewPrivileges
        return security
    }

    // MARK: Checks

    /// containerd's bound on a label: bytes of name and value.
    private static let labelMaximum = 4_096

    func check(setupOf definition: ContainerDefinition) throws(RuntimeError) {
        guard let setup = definition.setup else { return }
        _ = try memoryMounts(of: definition)
        for mount in setup.mounts {
            let volume = mount.volume
            guard DataFolder.isFileName(volume.name) else {
                throw .cannotCreate("\"\(volume.name)\" can't name a volume.")
            }
            guard mount.path.hasPrefix("/") else {
                throw .cannotCreate(
                    "containerPath \"\(mount.path)\" of \(definition.name) is not an absolute path."
                )
            }
            guard volume.kind != .host || volume.hostPath?.hasPrefix("/") == true else {
                throw .cannotCreate(
                    "sourcePath \"\(volume.hostPath ?? "")\" of volume \(volume.name) is not an "
                        + "absolute path.")
            }
        }
        for label in setup.labels {
            guard !label.name.hasPrefix(Label.prefix) else {
                throw .cannotCreate(
                    "container \(definition.name) sets the label \(label.name): those that begin "
                        + "with \(Label.prefix) are Muster's own.")
            }
            guard label.name.utf8.count + label.value.utf8.count <= Self.labelMaximum else {
                throw .cannotCreate(
                    "the label \(label.name) of container \(definition.name) has more than the "
                        + "\(Self.labelMaximum) bytes that containerd takes.")
            }
        }
        let words =
            setup.dnsServers + setup.dnsSearchDomains
            + setup.extraHosts.flatMap { [$0.name, $0.value] }
        for word in words where word.isEmpty || word.contains(where: \.isWhitespace) {
            throw .cannotCreate(
                "container \(definition.name) names a host or a server \"\(word)\", which is one "
                    + "word for none.")
        }
    }
}

/// A file of a container's that is made of the host's and of what its definition adds.
enum GeneratedFile {
    case hosts, resolver

    static func all(for setup: ContainerSetup) -> [GeneratedFile] {
        let isResolver = !setup.dnsServers.isEmpty || !setup.dnsSearchDomains.isEmpty
        return (setup.extraHosts.isEmpty ? [] : [.hosts]) + (isResolver ? [.resolver] : [])
    }

    /// In the container, and on the host, whose own it begins with.
    var path: String {
        switch self {
        case .hosts: "/etc/hosts"
        case .resolver: "/etc/resolv.conf"
        }
    }

    /// In the container's folder.
    var name: String {
        switch self {
        case .hosts: "hosts"
        case .resolver: "resolv.conf"
        }
    }

    /// - Parameter text: of the host's file.
    func text(from text: String, _ setup: ContainerSetup) -> String {
        var lines = text.split(separator: "\n").map { String($0) }
        switch self {
        case .hosts:
            lines += setup.extraHosts.map { "\($0.value)\t\($0.name)" }
        case .resolver:
            func drop(_ words: [String]) {
                lines.removeAll { line in
                    words.contains { String(line.prefix(while: { !$0.isWhitespace })) == $0 }
                }
            }
            if !setup.dnsServers.isEmpty { drop(["nameserver"]) }
            if !setup.dnsSearchDomains.isEmpty { drop(["search", "domain"]) }
            lines += setup.dnsServers.map { "nameserver \($0)" }
            if !setup.dnsSearchDomains.isEmpty {
                lines.append("search " + setup.dnsSearchDomains.joined(separator: " "))
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
