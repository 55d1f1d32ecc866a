extension TaskDefinition {
    /// Held by no instance: what a definition needs that was stored without what its containers
    /// ask of their surroundings, as a Muster did that understood only that they ask. Its tasks
    /// would run without their volumes, secrets or limits.
    public static let newRegistration = "muster.capability.definition-registered-anew"

    /// ``newRegistration`` where it is needed.
    public var missingSetup: [Attribute] {
        let isMissing =
            requiredAttributes.contains { attribute in
                guard let isThere = Self.setups[attribute.name] else { return false }
                return !containers.contains { $0.setup.map(isThere) ?? false }
            }
            || needs(Self.sharing) && !needs(Self.ipcNone) && pidMode == nil && ipcMode == nil
        return isMissing ? [Attribute(name: Self.newRegistration)] : []
    }

    private func needs(_ name: String) -> Bool {
        requiredAttributes.contains { $0.name == name }
    }

    /// It says itself that no worker has it.
    private static let ipcNone = "muster.capability.ipc-mode-none"
    private static let sharing = "ecs.capability.pid-ipc-namespace-sharing"

    /// What a container has of which a definition needs the attribute.
    private static let setups: [String: @Sendable (ContainerSetup) -> Bool] = [
        "com.amazonaws.ecs.capability.privileged-container": { $0.isPrivileged },
        "ecs.capability.env-files.s3": { !$0.environmentFiles.isEmpty },
        "ecs.capability.secrets.asm.environment-variables": { !$0.secrets.isEmpty },
        "ecs.capability.secrets.ssm.environment-variables": { !$0.secrets.isEmpty },
        "muster.capability.devices": { !$0.devices.isEmpty },
        "muster.capability.dns": { !$0.dnsServers.isEmpty || !$0.dnsSearchDomains.isEmpty },
        "muster.capability.extra-hosts": { !$0.extraHosts.isEmpty },
        "muster.capability.hostname": { $0.hostname != nil },
        "muster.capability.linux-capabilities": {
            !$0.addedCapabilities.isEmpty || !$0.droppedCapabilities.isEmpty
        },
        "muster.capability.no-new-privileges": { $0.forbidsNewPrivileges },
        "muster.capability.readonly-root-filesystem": { $0.hasReadOnlyRoot },
        "muster.capability.shared-memory-size": { $0.sharedMemory != nil },
        "muster.capability.swap-limit": { $0.swapMaximum != nil },
        "muster.capability.system-controls": { !$0.systemControls.isEmpty },
        "muster.capability.terminal": { $0.isInteractive || $0.hasTerminal },
        "muster.capability.tmpfs": { $0.memoryFolders != nil },
        "muster.capability.volumes": { !$0.mounts.isEmpty },
    ]
}
