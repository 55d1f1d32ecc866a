import Model

/// What the workers need of what a definition's containers ask of their surroundings.
struct SetupMapping {
    private let containers: [String: ECS.ContainerDefinition]
    private let volumes: [String: Model.Volume]

    init(_ definition: ECS.TaskDefinition) {
        containers = Dictionary(
            (definition.containerDefinitions ?? []).map { ($0.name ?? "", $0) }
        ) { first, _ in first }
        volumes = Dictionary(
            (definition.volumes ?? []).map { ($0.name ?? "", Self.mapped($0)) }
        ) { first, _ in first }
    }

    /// `nil` where it asks for nothing.
    func setup(of container: ECS.ContainerDefinition) -> ContainerSetup? {
        let linux = container.linuxParameters
        let setup = ContainerSetup(
            mounts: mounts(of: container),
            environmentFiles: (container.environmentFiles ?? []).compactMap(\.value),
            secrets: (container.secrets ?? []).map {
                NamedValue($0.name ?? "", $0.valueFrom ?? "")
            },
            hostname: container.hostname.flatMap { $0.isEmpty ? nil : $0 },
            dnsServers: container.dnsServers ?? [],
            dnsSearchDomains: container.dnsSearchDomains ?? [],
            extraHosts: (container.extraHosts ?? []).map {
                NamedValue($0.hostname ?? "", $0.ipAddress ?? "")
            },
            isPrivileged: container.privileged ?? false,
            hasReadOnlyRoot: container.readonlyRootFilesystem ?? false,
            addedCapabilities: linux?.capabilities?.add ?? [],
            droppedCapabilities: linux?.capabilities?.drop ?? [],
            devices: (linux?.devices ?? []).map(mapped), swapMaximum: linux?.maxSwap,
            systemControls: (container.systemControls ?? []).map {
                NamedValue($0.namespace ?? "", $0.value ?? "")
            },
            labels: (container.dockerLabels ?? [:]).sorted { $0.key < $1.key }.map {
                NamedValue($0.key, $0.value)
            },
            isInteractive: container.interactive ?? false,
            hasTerminal: container.pseudoTerminal ?? false,
            forbidsNewPrivileges: container.forbidsNewPrivileges,
            memoryFolders: mapped(linux?.tmpfs ?? []), sharedMemory: linux?.sharedMemorySize)
        return setup == ContainerSetup() ? nil : setup
    }

    /// Its own, then those of the containers that it takes volumes from, and of theirs in turn. Of
    /// two at one path the first counts.
    private func mounts(of container: ECS.ContainerDefinition) -> [Mount] {
        var mounts: [Mount] = []
        var seen: Set<String> = []
        add(container, isReadOnly: false, to: &mounts, &seen)
        var paths: Set<String> = []
        return mounts.filter { paths.insert($0.path).inserted }
    }

    private func add(
        _ container: ECS.ContainerDefinition, isReadOnly: Bool, to mounts: inout [Mount],
        _ seen: inout Set<String>
    ) {
        guard seen.insert(container.name ?? "").inserted else { return }
        for point in container.mountPoints ?? [] {
            guard let volume = volumes[point.sourceVolume ?? ""] else { continue }
            mounts.append(
                Mount(
                    volume: volume, path: point.containerPath ?? "",
                    isReadOnly: isReadOnly || point.readOnly == true))
        }
        for source in container.volumesFrom ?? [] {
            guard let other = containers[source.sourceContainer ?? ""] else { continue }
            add(other, isReadOnly: isReadOnly || source.readOnly == true, to: &mounts, &seen)
        }
    }

    private static func mapped(_ volume: ECS.Volume) -> Model.Volume {
        let name = volume.name ?? ""
        if let path = volume.host?.sourcePath, !path.isEmpty {
            return Model.Volume(name: name, kind: .host, hostPath: path)
        }
        guard let docker = volume.dockerVolumeConfiguration, docker.scope == .shared else {
            return Model.Volume(name: name)
        }
        return Model.Volume(name: name, kind: docker.autoprovision == true ? .shared : .existing)
    }

    private func mapped(_ folders: [ECS.Tmpfs]) -> [MemoryFolder]? {
        guard !folders.isEmpty else { return nil }
        return folders.map {
            MemoryFolder(
                path: $0.containerPath ?? "", size: $0.size ?? 0, options: $0.mountOptions ?? [])
        }
    }

    private func mapped(_ device: ECS.Device) -> Model.Device {
        let path = device.hostPath ?? ""
        // `read`, `write` and `mknod`, by their first letters.
        let permissions = (device.permissions ?? []).compactMap(\.rawValue.first)
        return Model.Device(
            hostPath: path, containerPath: device.containerPath ?? path,
            permissions: permissions.isEmpty ? "rwm" : String(permissions))
    }
}

extension ECS.ContainerDefinition {
    /// The only option of `dockerSecurityOptions` that is a runtime's to keep by itself.
    static let noNewPrivileges: Set<String> = ["no-new-privileges", "no-new-privileges:true"]

    var forbidsNewPrivileges: Bool {
        (dockerSecurityOptions ?? []).contains(where: Self.noNewPrivileges.contains)
    }
}
