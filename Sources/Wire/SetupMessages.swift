import CWire
import Model

// What a container asks of its surroundings.

extension ContainerSetup: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ContainerSetup>?) -> Void {
        muster__v1__container_setup__init
    }
    static var messageName: String { "ContainerSetup" }

    func write(to message: inout Muster__V1__ContainerSetup, _ encoder: Encoder) throws(WireError) {
        message.n_mounts = mounts.count
        message.mounts = try encoder.messages(mounts)
        message.n_environment_files = environmentFiles.count
        message.environment_files = try encoder.strings(environmentFiles, "environment_files")
        message.n_secrets = secrets.count
        message.secrets = try encoder.messages(secrets)
        message.hostname = try encoder.string(hostname ?? "", "hostname")
        message.n_dns_servers = dnsServers.count
        message.dns_servers = try encoder.strings(dnsServers, "dns_servers")
        message.n_dns_search_domains = dnsSearchDomains.count
        message.dns_search_domains = try encoder.strings(dnsSearchDomains, "dns_search_domains")
        message.n_extra_hosts = extraHosts.count
        message.extra_hosts = try encoder.messages(extraHosts)
        message.n_system_controls = systemControls.count
        message.system_controls = try encoder.messages(systemControls)
        message.n_labels = labels.count
        message.labels = try encoder.messages(labels)
        try writeRights(to: &message, encoder)
    }

    private func writeRights(
        to message: inout Muster__V1__ContainerSetup, _ encoder: Encoder
    ) throws(WireError) {
        message.privileged = isPrivileged ? 1 : 0
        message.read_only_root = hasReadOnlyRoot ? 1 : 0
        message.n_added_capabilities = addedCapabilities.count
        message.added_capabilities = try encoder.strings(addedCapabilities, "added_capabilities")
        message.n_dropped_capabilities = droppedCapabilities.count
        message.dropped_capabilities = try encoder.strings(
            droppedCapabilities, "dropped_capabilities")
        message.n_devices = devices.count
        message.devices = try encoder.messages(devices)
        if let swapMaximum {
            message.has_swap_maximum_case =
                MUSTER__V1__CONTAINER_SETUP__HAS_SWAP_MAXIMUM_SWAP_MAXIMUM
            message.swap_maximum = try encoder.amount(swapMaximum, "swap_maximum")
        }
        message.interactive = isInteractive ? 1 : 0
        message.terminal = hasTerminal ? 1 : 0
        message.no_new_privileges = forbidsNewPrivileges ? 1 : 0
        message.n_memory_folders = memoryFolders?.count ?? 0
        message.memory_folders = try encoder.messages(memoryFolders ?? [])
        if let sharedMemory {
            message.has_shared_memory_case =
                MUSTER__V1__CONTAINER_SETUP__HAS_SHARED_MEMORY_SHARED_MEMORY
            message.shared_memory = try encoder.amount(sharedMemory, "shared_memory")
        }
    }

    init(reading message: Muster__V1__ContainerSetup, _ decoder: Decoder) throws(WireError) {
        let hostname = try decoder.string(message.hostname, "hostname")
        self.init(
            mounts: try decoder.messages(message.mounts, message.n_mounts, "mounts"),
            environmentFiles: try decoder.strings(
                message.environment_files, message.n_environment_files, "environment_files"),
            secrets: try decoder.messages(message.secrets, message.n_secrets, "secrets"),
            hostname: hostname.isEmpty ? nil : hostname,
            dnsServers: try decoder.strings(
                message.dns_servers, message.n_dns_servers, "dns_servers"),
            dnsSearchDomains: try decoder.strings(
                message.dns_search_domains, message.n_dns_search_domains, "dns_search_domains"),
            extraHosts: try decoder.messages(
                message.extra_hosts, message.n_extra_hosts, "extra_hosts"),
            isPrivileged: message.privileged != 0, hasReadOnlyRoot: message.read_only_root != 0,
            addedCapabilities: try decoder.strings(
                message.added_capabilities, message.n_added_capabilities, "added_capabilities"),
            droppedCapabilities: try decoder.strings(
                message.dropped_capabilities, message.n_dropped_capabilities,
                "dropped_capabilities"),
            devices: try decoder.messages(message.devices, message.n_devices, "devices"),
            swapMaximum: message.has_swap_maximum_case.rawValue != 0
                ? Int(message.swap_maximum) : nil,
            systemControls: try decoder.messages(
                message.system_controls, message.n_system_controls, "system_controls"),
            labels: try decoder.messages(message.labels, message.n_labels, "labels"),
            isInteractive: message.interactive != 0, hasTerminal: message.terminal != 0,
            forbidsNewPrivileges: message.no_new_privileges != 0,
            memoryFolders: message.n_memory_folders == 0
                ? nil
                : try decoder.messages(
                    message.memory_folders, message.n_memory_folders, "memory_folders"),
            sharedMemory: message.has_shared_memory_case.rawValue != 0
                ? Int(message.shared_memory) : nil)
    }
}

extension MemoryFolder: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__MemoryFolder>?) -> Void {
        muster__v1__memory_folder__init
    }
    static var messageName: String { "MemoryFolder" }

    func write(to message: inout Muster__V1__MemoryFolder, _ encoder: Encoder) throws(WireError) {
        message.path = try encoder.string(path, "path")
        message.size = try encoder.amount(size, "size")
        message.n_options = options.count
        message.options = try encoder.strings(options, "options")
    }

    init(reading message: Muster__V1__MemoryFolder, _ decoder: Decoder) throws(WireError) {
        self.init(
            path: try decoder.string(message.path, "path"), size: Int(message.size),
            options: try decoder.strings(message.options, message.n_options, "options"))
    }
}

extension NamedValue: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__NamedValue>?) -> Void {
        muster__v1__named_value__init
    }
    static var messageName: String { "NamedValue" }

    func write(to message: inout Muster__V1__NamedValue, _ encoder: Encoder) throws(WireError) {
        message.name = try encoder.string(name, "name")
        message.value = try encoder.string(value, "value of \(name)")
    }

    init(reading message: Muster__V1__NamedValue, _ decoder: Decoder) throws(WireError) {
        self.init(
            try decoder.string(message.name, "name"), try decoder.string(message.value, "value"))
    }
}

extension Mount: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__Mount>?) -> Void {
        muster__v1__mount__init
    }
    static var messageName: String { "Mount" }

    func write(to message: inout Muster__V1__Mount, _ encoder: Encoder) throws(WireError) {
        message.volume = try encoder.message(volume)
        message.path = try encoder.string(path, "mount path")
        message.read_only = isReadOnly ? 1 : 0
    }

    init(reading message: Muster__V1__Mount, _ decoder: Decoder) throws(WireError) {
        self.init(
            volume: try decoder.message(message.volume, "volume"),
            path: try decoder.string(message.path, "mount path"),
            isReadOnly: message.read_only != 0)
    }
}

extension Volume: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__Volume>?) -> Void {
        muster__v1__volume__init
    }
    static var messageName: String { "Volume" }

    func write(to message: inout Muster__V1__Volume, _ encoder: Encoder) throws(WireError) {
        message.name = try encoder.string(name, "volume name")
        message.kind.rawValue = kind.wireNumber
        message.host_path = try encoder.string(hostPath ?? "", "host_path")
    }

    init(reading message: Muster__V1__Volume, _ decoder: Decoder) throws(WireError) {
        let hostPath = try decoder.string(message.host_path, "host_path")
        self.init(
            name: try decoder.string(message.name, "volume name"),
            kind: try decoder.enumeration(message.kind.rawValue, "volume kind"),
            hostPath: hostPath.isEmpty ? nil : hostPath)
    }
}

extension Device: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__Device>?) -> Void {
        muster__v1__device__init
    }
    static var messageName: String { "Device" }

    func write(to message: inout Muster__V1__Device, _ encoder: Encoder) throws(WireError) {
        message.host_path = try encoder.string(hostPath, "host_path")
        message.container_path = try encoder.string(containerPath, "container_path")
        message.permissions = try encoder.string(permissions, "permissions")
    }

    init(reading message: Muster__V1__Device, _ decoder: Decoder) throws(WireError) {
        self.init(
            hostPath: try decoder.string(message.host_path, "host_path"),
            containerPath: try decoder.string(message.container_path, "container_path"),
            permissions: try decoder.string(message.permissions, "permissions"))
    }
}
