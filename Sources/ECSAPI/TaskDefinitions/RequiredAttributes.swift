import Model

/// The attributes that an instance must have to run a definition, in ECS's names where it has one
/// and in `muster.capability.*` where it has none.
///
/// What every runtime can do (images and commands, environment, ports, cpu and memory, users,
/// working directories, timeouts) needs no attribute, so a plain definition runs on any
/// worker.
struct RequiredAttributes {
    private(set) var attributes: [Model.Attribute] = []

    init(of definition: ECS.TaskDefinition) {
        for container in definition.containerDefinitions ?? [] {
            addStorage(container)
            addNetwork(container)
            addIsolation(container)
            addLogging(container)
            addSecrets(container)
            addLife(container)
        }
        addTask(definition)
        addTogether(definition)
        for volume in definition.volumes ?? [] { add(volume) }
        attributes.sort { ($0.name, $0.value ?? "") < ($1.name, $1.value ?? "") }
    }

    private mutating func need(_ name: String, if needed: Bool = true, value: String? = nil) {
        let attribute = Model.Attribute(name: name, value: value)
        if needed, !attributes.contains(attribute) { attributes.append(attribute) }
    }

    private mutating func addStorage(_ container: ECS.ContainerDefinition) {
        // volumesFrom brings the mounts of a container that has some, which needs it itself.
        need("muster.capability.volumes", if: !(container.mountPoints ?? []).isEmpty)
        need(
            "muster.capability.readonly-root-filesystem",
            if: container.readonlyRootFilesystem == true)
    }

    private mutating func addNetwork(_ container: ECS.ContainerDefinition) {
        need("muster.capability.links", if: !(container.links ?? []).isEmpty)
        need("muster.capability.hostname", if: !(container.hostname ?? "").isEmpty)
        need("muster.capability.disable-networking", if: container.disableNetworking == true)
        let names = [container.dnsServers, container.dnsSearchDomains].contains {
            !($0 ?? []).isEmpty
        }
        need("muster.capability.dns", if: names)
        need("muster.capability.extra-hosts", if: !(container.extraHosts ?? []).isEmpty)
        let ranges = (container.portMappings ?? []).contains { $0.containerPortRange != nil }
        need("ecs.capability.container-port-range", if: ranges)
    }

    private mutating func addIsolation(_ container: ECS.ContainerDefinition) {
        need("com.amazonaws.ecs.capability.privileged-container", if: container.privileged == true)
        if let linux = container.linuxParameters { add(linux) }
        need("muster.capability.ulimits", if: !(container.ulimits ?? []).isEmpty)
        need("muster.capability.system-controls", if: !(container.systemControls ?? []).isEmpty)
        need("muster.capability.no-new-privileges", if: container.forbidsNewPrivileges)
        need(
            "muster.capability.security-options",
            if: (container.dockerSecurityOptions ?? []).contains {
                !ECS.ContainerDefinition.noNewPrivileges.contains($0)
            })
        need("ecs.capability.gmsa", if: !(container.credentialSpecs ?? []).isEmpty)
        need(
            "muster.capability.terminal",
            if: container.interactive == true || container.pseudoTerminal == true)
        // GPUs are counted like memory, and who has none has none free.
        let accelerators = (container.resourceRequirements ?? []).contains {
            $0.type == .inferenceAccelerator
        }
        need("ecs.capability.task-eia", if: accelerators)
    }

    private mutating func add(_ linux: ECS.LinuxParameters) {
        let capabilities = (linux.capabilities?.add ?? []) + (linux.capabilities?.drop ?? [])
        need("muster.capability.linux-capabilities", if: !capabilities.isEmpty)
        need("muster.capability.devices", if: !(linux.devices ?? []).isEmpty)
        need("muster.capability.init-process", if: linux.initProcessEnabled == true)
        need("muster.capability.shared-memory-size", if: linux.sharedMemorySize != nil)
        need("muster.capability.tmpfs", if: !(linux.tmpfs ?? []).isEmpty)
        need("muster.capability.swap-limit", if: linux.maxSwap != nil)
        // Without maxSwap it means nothing (ECS, `LinuxParameters`).
        need("muster.capability.swappiness", if: linux.maxSwap != nil && linux.swappiness != nil)
    }

    private mutating func addLogging(_ container: ECS.ContainerDefinition) {
        if let firelens = container.firelensConfiguration?.type {
            need("ecs.capability.firelens.\(firelens.rawValue)")
        }
        guard let logging = container.logConfiguration, let driver = logging.logDriver else {
            return
        }
        need("com.amazonaws.ecs.capability.logging-driver.\(driver.rawValue)")
        need(
            "ecs.capability.secrets.asm.bootstrap.log-driver",
            if: !(logging.secretOptions ?? []).isEmpty)
    }

    private mutating func addSecrets(_ container: ECS.ContainerDefinition) {
        for secret in container.secrets ?? [] {
            let manager = (secret.valueFrom ?? "").contains(":secretsmanager:") ? "asm" : "ssm"
            need("ecs.capability.secrets.\(manager).environment-variables")
        }
        need("ecs.capability.env-files.s3", if: !(container.environmentFiles ?? []).isEmpty)
        need(
            "ecs.capability.private-registry-authentication.secretsmanager",
            if: container.repositoryCredentials != nil)
    }

    private mutating func addLife(_ container: ECS.ContainerDefinition) {
        need("ecs.capability.container-health-check", if: container.healthCheck?.isSet == true)
        need("ecs.capability.container-ordering", if: !(container.dependsOn ?? []).isEmpty)
        need(
            "ecs.capability.container-restart-policy",
            if: container.restartPolicy?.enabled == true)
    }

    private mutating func addTask(_ definition: ECS.TaskDefinition) {
        need("ecs.capability.task-eni", if: definition.networkMode == .awsvpc)
        need("muster.capability.network-mode-none", if: definition.networkMode == .nothing)
        need(
            "ecs.capability.pid-ipc-namespace-sharing",
            if: definition.pidMode != nil || definition.ipcMode != nil)
        need("muster.capability.ipc-mode-none", if: definition.ipcMode == .nothing)
        need("ecs.capability.aws-appmesh", if: definition.proxyConfiguration != nil)
        need("ecs.capability.task-eia", if: !(definition.inferenceAccelerators ?? []).isEmpty)
        need("muster.capability.ephemeral-storage", if: definition.ephemeralStorage != nil)
        need("ecs.capability.fault-injection", if: definition.enableFaultInjection == true)
        let platform = definition.runtimePlatform
        if let architecture = platform?.cpuArchitecture {
            need("ecs.cpu-architecture", value: architecture.rawValue.lowercased())
        }
        if let family = platform?.operatingSystemFamily, family != .linux {
            need("ecs.os-family", value: family.rawValue)
        }
    }

    /// What a runtime can do for one container, but not for two in different ways.
    private mutating func addTogether(_ definition: ECS.TaskDefinition) {
        let containers = definition.containerDefinitions ?? []
        let hostnames = Set(containers.compactMap(\.hostname).filter { !$0.isEmpty })
        need("muster.capability.hostname-per-container", if: hostnames.count > 1)
        need(
            "muster.capability.hostname-in-host-network",
            if: !hostnames.isEmpty && definition.networkMode == .host)
        var controls: [String: String] = [:]
        for control in containers.flatMap({ $0.systemControls ?? [] }) {
            let name = control.namespace ?? ""
            let before = controls.updateValue(control.value ?? "", forKey: name)
            need(
                "muster.capability.system-controls-per-container",
                if: before != nil && before != control.value)
            need(
                "muster.capability.system-controls-in-host-network",
                if: definition.networkMode == .host && name.hasPrefix("net."))
        }
    }

    private mutating func add(_ volume: ECS.Volume) {
        if let docker = volume.dockerVolumeConfiguration {
            need(
                "muster.capability.volume-driver-options", if: !(docker.driverOpts ?? [:]).isEmpty)
            need("ecs.capability.docker-plugin.\(docker.driver ?? "local")")
        }
        if let efs = volume.efsVolumeConfiguration {
            need("ecs.capability.efs")
            need("ecs.capability.efsAuth", if: efs.authorizationConfig != nil)
        }
        need(
            "ecs.capability.fsxWindowsFileServer",
            if: volume.fsxWindowsFileServerVolumeConfiguration != nil)
        need("muster.capability.s3files", if: volume.s3filesVolumeConfiguration != nil)
        need("ecs.capability.storage.ebs-task-attach", if: volume.configuredAtLaunch == true)
    }
}
