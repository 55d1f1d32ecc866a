package import CWire
package import Wire

// What is asked of a container.

/// What no two containers of a sandbox have in common.
package struct ContainerMetadata: CRIMessage {
    package var name: String
    package var attempt: UInt32

    package init(name: String = "", attempt: UInt32 = 0) {
        self.name = name
        self.attempt = attempt
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ContainerMetadata>?) -> Void {
        runtime__v1__container_metadata__init
    }
    package static var messageName: String { "ContainerMetadata" }

    package func write(
        to message: inout Runtime__V1__ContainerMetadata, _ encoder: Encoder
    ) throws(WireError) {
        message.name = try encoder.string(name, "name")
        message.attempt = attempt
    }

    package init(
        reading message: Runtime__V1__ContainerMetadata, _ decoder: Decoder
    ) throws(WireError) {
        name = try decoder.string(message.name, "name")
        attempt = message.attempt
    }
}

/// A number that can be absent.
package struct Number: CRIMessage {
    package var value: Int64

    package init(value: Int64 = 0) {
        self.value = value
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Number>?) -> Void {
        runtime__v1__number__init
    }
    package static var messageName: String { "Number" }

    package func write(
        to message: inout Runtime__V1__Number, _ encoder: Encoder
    ) throws(WireError) {
        message.value = value
    }

    package init(reading message: Runtime__V1__Number, _ decoder: Decoder) throws(WireError) {
        value = message.value
    }
}

package struct ContainerResources: CRIMessage {
    package var cpuShares: Int64
    /// Bytes; 0 means no limit.
    package var memory: Int64
    package var memoryAndSwap: Int64

    package init(cpuShares: Int64 = 0, memory: Int64 = 0, memoryAndSwap: Int64 = 0) {
        self.cpuShares = cpuShares
        self.memory = memory
        self.memoryAndSwap = memoryAndSwap
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__LinuxContainerResources>?) -> Void
    {
        runtime__v1__linux_container_resources__init
    }
    package static var messageName: String { "LinuxContainerResources" }

    package func write(
        to message: inout Runtime__V1__LinuxContainerResources, _ encoder: Encoder
    ) throws(WireError) {
        message.cpu_shares = cpuShares
        message.memory_limit_in_bytes = memory
        message.memory_swap_limit_in_bytes = memoryAndSwap
    }

    package init(
        reading message: Runtime__V1__LinuxContainerResources, _ decoder: Decoder
    ) throws(WireError) {
        cpuShares = message.cpu_shares
        memory = message.memory_limit_in_bytes
        memoryAndSwap = message.memory_swap_limit_in_bytes
    }
}

package struct ContainerSecurity: CRIMessage {
    package var namespaces: NamespaceOption?
    package var user: Number?
    package var userName: String
    package var group: Number?
    package var capabilities: Capabilities?
    package var isPrivileged: Bool
    package var hasReadOnlyRoot: Bool
    package var forbidsNewPrivileges: Bool
    /// Paths that the container can't read, and such that it can't write.
    package var maskedPaths: [String]
    package var readOnlyPaths: [String]
    /// `nil`: all system calls.
    package var systemCalls: SecurityProfile?

    package init(
        namespaces: NamespaceOption? = nil, user: Number? = nil, userName: String = "",
        group: Number? = nil, capabilities: Capabilities? = nil, isPrivileged: Bool = false,
        hasReadOnlyRoot: Bool = false, forbidsNewPrivileges: Bool = false,
        maskedPaths: [String] = [], readOnlyPaths: [String] = [],
        systemCalls: SecurityProfile? = nil
    ) {
        self.namespaces = namespaces
        self.user = user
        self.userName = userName
        self.group = group
        self.capabilities = capabilities
        self.isPrivileged = isPrivileged
        self.hasReadOnlyRoot = hasReadOnlyRoot
        self.forbidsNewPrivileges = forbidsNewPrivileges
        self.maskedPaths = maskedPaths
        self.readOnlyPaths = readOnlyPaths
        self.systemCalls = systemCalls
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__LinuxContainerSecurityContext>?) -> Void
    {
        runtime__v1__linux_container_security_context__init
    }
    package static var messageName: String { "LinuxContainerSecurityContext" }

    package func write(
        to message: inout Runtime__V1__LinuxContainerSecurityContext, _ encoder: Encoder
    ) throws(WireError) {
        if let namespaces { message.namespace_options = try encoder.message(namespaces) }
        if let user { message.run_as_user = try encoder.message(user) }
        message.run_as_username = try encoder.string(userName, "run_as_username")
        if let group { message.run_as_group = try encoder.message(group) }
        if let capabilities { message.capabilities = try encoder.message(capabilities) }
        message.privileged = isPrivileged ? 1 : 0
        message.readonly_rootfs = hasReadOnlyRoot ? 1 : 0
        message.no_new_privs = forbidsNewPrivileges ? 1 : 0
        message.n_masked_paths = maskedPaths.count
        message.masked_paths = try encoder.strings(maskedPaths, "masked_paths")
        message.n_readonly_paths = readOnlyPaths.count
        message.readonly_paths = try encoder.strings(readOnlyPaths, "readonly_paths")
        if let systemCalls { message.seccomp = try encoder.message(systemCalls) }
    }

    package init(
        reading message: Runtime__V1__LinuxContainerSecurityContext, _ decoder: Decoder
    ) throws(WireError) {
        namespaces =
            message.namespace_options == nil
            ? nil : try decoder.message(message.namespace_options, "namespace_options")
        user =
            message.run_as_user == nil
            ? nil : try decoder.message(message.run_as_user, "run_as_user")
        userName = try decoder.string(message.run_as_username, "run_as_username")
        group =
            message.run_as_group == nil
            ? nil : try decoder.message(message.run_as_group, "run_as_group")
        capabilities =
            message.capabilities == nil
            ? nil : try decoder.message(message.capabilities, "capabilities")
        isPrivileged = message.privileged != 0
        hasReadOnlyRoot = message.readonly_rootfs != 0
        forbidsNewPrivileges = message.no_new_privs != 0
        maskedPaths = try decoder.strings(
            message.masked_paths, message.n_masked_paths, "masked_paths")
        readOnlyPaths = try decoder.strings(
            message.readonly_paths, message.n_readonly_paths, "readonly_paths")
        systemCalls =
            message.seccomp == nil ? nil : try decoder.message(message.seccomp, "seccomp")
    }
}

package struct ContainerLinux: CRIMessage {
    package var resources: ContainerResources?
    package var security: ContainerSecurity?

    package init(resources: ContainerResources? = nil, security: ContainerSecurity? = nil) {
        self.resources = resources
        self.security = security
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__LinuxContainerConfig>?) -> Void
    {
        runtime__v1__linux_container_config__init
    }
    package static var messageName: String { "LinuxContainerConfig" }

    package func write(
        to message: inout Runtime__V1__LinuxContainerConfig, _ encoder: Encoder
    ) throws(WireError) {
        if let resources { message.resources = try encoder.message(resources) }
        if let security { message.security_context = try encoder.message(security) }
    }

    package init(
        reading message: Runtime__V1__LinuxContainerConfig, _ decoder: Decoder
    ) throws(WireError) {
        resources =
            message.resources == nil ? nil : try decoder.message(message.resources, "resources")
        security =
            message.security_context == nil
            ? nil : try decoder.message(message.security_context, "security_context")
    }
}

package struct ImageSpec: CRIMessage {
    package var image: String

    package init(image: String = "") {
        self.image = image
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ImageSpec>?) -> Void {
        runtime__v1__image_spec__init
    }
    package static var messageName: String { "ImageSpec" }

    package func write(
        to message: inout Runtime__V1__ImageSpec, _ encoder: Encoder
    ) throws(WireError) {
        message.image = try encoder.string(image, "image")
    }

    package init(reading message: Runtime__V1__ImageSpec, _ decoder: Decoder) throws(WireError) {
        image = try decoder.string(message.image, "image")
    }
}

package struct ContainerConfig: CRIMessage {
    package var metadata: ContainerMetadata?
    package var image: ImageSpec?
    /// Empty: the image's own entry point.
    package var command: [String]
    package var arguments: [String]
    package var workingDirectory: String
    package var environment: [Pair]
    package var mounts: [HostMount]
    package var devices: [HostDevice]
    package var labels: [Pair]
    package var annotations: [Pair]
    package var logPath: String
    /// Whether its input stays open.
    package var isInteractive: Bool
    package var hasTerminal: Bool
    package var linux: ContainerLinux?

    package init(
        metadata: ContainerMetadata? = nil, image: ImageSpec? = nil, command: [String] = [],
        arguments: [String] = [], workingDirectory: String = "", environment: [Pair] = [],
        mounts: [HostMount] = [], devices: [HostDevice] = [], labels: [Pair] = [],
        annotations: [Pair] = [], logPath: String = "", isInteractive: Bool = false,
        hasTerminal: Bool = false, linux: ContainerLinux? = nil
    ) {
        self.metadata = metadata
        self.image = image
        self.command = command
        self.arguments = arguments
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.mounts = mounts
        self.devices = devices
        self.labels = labels
        self.annotations = annotations
        self.logPath = logPath
        self.isInteractive = isInteractive
        self.hasTerminal = hasTerminal
        self.linux = linux
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ContainerConfig>?) -> Void {
        runtime__v1__container_config__init
    }
    package static var messageName: String { "ContainerConfig" }

    package func write(
        to message: inout Runtime__V1__ContainerConfig, _ encoder: Encoder
    ) throws(WireError) {
        if let metadata { message.metadata = try encoder.message(metadata) }
        if let image { message.image = try encoder.message(image) }
        message.n_command = command.count
        message.command = try encoder.strings(command, "command")
        message.n_args = arguments.count
        message.args = try encoder.strings(arguments, "args")
        message.working_dir = try encoder.string(workingDirectory, "working_dir")
        message.n_envs = environment.count
        message.envs = try encoder.messages(environment)
        message.n_mounts = mounts.count
        message.mounts = try encoder.messages(mounts)
        message.n_devices = devices.count
        message.devices = try encoder.messages(devices)
        message.n_labels = labels.count
        message.labels = try encoder.messages(labels)
        message.n_annotations = annotations.count
        message.annotations = try encoder.messages(annotations)
        message.log_path = try encoder.string(logPath, "log_path")
        message.stdin = isInteractive ? 1 : 0
        message.tty = hasTerminal ? 1 : 0
        if let linux { message.linux_part = try encoder.message(linux) }
    }

    package init(
        reading message: Runtime__V1__ContainerConfig, _ decoder: Decoder
    ) throws(WireError) {
        metadata =
            message.metadata == nil ? nil : try decoder.message(message.metadata, "metadata")
        image =
            message.image == nil ? nil : try decoder.message(message.image, "image")
        command = try decoder.strings(message.command, message.n_command, "command")
        arguments = try decoder.strings(message.args, message.n_args, "args")
        workingDirectory = try decoder.string(message.working_dir, "working_dir")
        environment = try decoder.messages(
            message.envs, message.n_envs, "envs")
        mounts = try decoder.messages(message.mounts, message.n_mounts, "mounts")
        devices = try decoder.messages(message.devices, message.n_devices, "devices")
        labels = try decoder.messages(
            message.labels, message.n_labels, "labels")
        annotations = try decoder.messages(
            message.annotations, message.n_annotations, "annotations")
        logPath = try decoder.string(message.log_path, "log_path")
        isInteractive = message.stdin != 0
        hasTerminal = message.tty != 0
        linux =
            message.linux_part == nil ? nil : try decoder.message(message.linux_part, "linux_part")
    }
}

package struct CreateContainer: CRIMessage {
    package var sandbox: String
    package var config: ContainerConfig?
    package var sandboxConfig: SandboxConfig?

    package init(
        sandbox: String = "", config: ContainerConfig? = nil,
        sandboxConfig: SandboxConfig? = nil
    ) {
        self.sandbox = sandbox
        self.config = config
        self.sandboxConfig = sandboxConfig
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__CreateContainerRequest>?) -> Void
    {
        runtime__v1__create_container_request__init
    }
    package static var messageName: String { "CreateContainerRequest" }

    package func write(
        to message: inout Runtime__V1__CreateContainerRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.pod_sandbox_id = try encoder.string(sandbox, "pod_sandbox_id")
        if let config { message.config = try encoder.message(config) }
        if let sandboxConfig { message.sandbox_config = try encoder.message(sandboxConfig) }
    }

    package init(
        reading message: Runtime__V1__CreateContainerRequest, _ decoder: Decoder
    ) throws(WireError) {
        sandbox = try decoder.string(message.pod_sandbox_id, "pod_sandbox_id")
        config =
            message.config == nil ? nil : try decoder.message(message.config, "config")
        sandboxConfig =
            message.sandbox_config == nil
            ? nil : try decoder.message(message.sandbox_config, "sandbox_config")
    }
}
