package import CWire
package import Wire

// A sandbox: what the containers of a task share.

package enum NamespaceMode: UInt32, Sendable {
    case pod = 0
    case container
    /// The host's.
    case node
}

package enum SandboxState: UInt32, Sendable {
    case ready = 0
    case notReady
}

package enum PodTransport: UInt32, Sendable {
    case tcp = 0
    case udp
}

/// What no two sandboxes have in common.
package struct SandboxMetadata: CRIMessage {
    package var name: String
    package var uid: String
    package var namespace: String
    package var attempt: UInt32

    package init(name: String = "", uid: String = "", namespace: String = "", attempt: UInt32 = 0) {
        self.name = name
        self.uid = uid
        self.namespace = namespace
        self.attempt = attempt
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__PodSandboxMetadata>?) -> Void
    {
        runtime__v1__pod_sandbox_metadata__init
    }
    package static var messageName: String { "PodSandboxMetadata" }

    package func write(
        to message: inout Runtime__V1__PodSandboxMetadata, _ encoder: Encoder
    ) throws(WireError) {
        message.name = try encoder.string(name, "name")
        message.uid = try encoder.string(uid, "uid")
        message.namespace_ = try encoder.string(namespace, "namespace")
        message.attempt = attempt
    }

    package init(
        reading message: Runtime__V1__PodSandboxMetadata, _ decoder: Decoder
    ) throws(WireError) {
        name = try decoder.string(message.name, "name")
        uid = try decoder.string(message.uid, "uid")
        namespace = try decoder.string(message.namespace_, "namespace")
        attempt = message.attempt
    }
}

package struct PodPort: CRIMessage {
    package var transport: PodTransport
    package var containerPort: Int32
    package var hostPort: Int32

    package init(transport: PodTransport = .tcp, containerPort: Int32 = 0, hostPort: Int32 = 0) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostPort = hostPort
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__PortMapping>?) -> Void {
        runtime__v1__port_mapping__init
    }
    package static var messageName: String { "PortMapping" }

    package func write(
        to message: inout Runtime__V1__PortMapping, _ encoder: Encoder
    ) throws(WireError) {
        message.protocol.rawValue = transport.rawValue
        message.container_port = containerPort
        message.host_port = hostPort
    }

    package init(reading message: Runtime__V1__PortMapping, _ decoder: Decoder) throws(WireError) {
        transport = PodTransport(rawValue: message.protocol.rawValue) ?? .tcp
        containerPort = message.container_port
        hostPort = message.host_port
    }
}

package struct NamespaceOption: CRIMessage {
    package var network: NamespaceMode
    package var pid: NamespaceMode
    package var ipc: NamespaceMode

    package init(
        network: NamespaceMode = .pod, pid: NamespaceMode = .pod, ipc: NamespaceMode = .pod
    ) {
        self.network = network
        self.pid = pid
        self.ipc = ipc
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__NamespaceOption>?) -> Void {
        runtime__v1__namespace_option__init
    }
    package static var messageName: String { "NamespaceOption" }

    package func write(
        to message: inout Runtime__V1__NamespaceOption, _ encoder: Encoder
    ) throws(WireError) {
        message.network.rawValue = network.rawValue
        message.pid.rawValue = pid.rawValue
        message.ipc.rawValue = ipc.rawValue
    }

    package init(
        reading message: Runtime__V1__NamespaceOption, _ decoder: Decoder
    ) throws(WireError) {
        network = NamespaceMode(rawValue: message.network.rawValue) ?? .pod
        pid = NamespaceMode(rawValue: message.pid.rawValue) ?? .pod
        ipc = NamespaceMode(rawValue: message.ipc.rawValue) ?? .pod
    }
}

package struct SandboxSecurity: CRIMessage {
    package var namespaces: NamespaceOption?
    /// Has to be where a container's is.
    package var isPrivileged: Bool

    package init(namespaces: NamespaceOption? = nil, isPrivileged: Bool = false) {
        self.namespaces = namespaces
        self.isPrivileged = isPrivileged
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__LinuxSandboxSecurityContext>?) -> Void
    {
        runtime__v1__linux_sandbox_security_context__init
    }
    package static var messageName: String { "LinuxSandboxSecurityContext" }

    package func write(
        to message: inout Runtime__V1__LinuxSandboxSecurityContext, _ encoder: Encoder
    ) throws(WireError) {
        if let namespaces { message.namespace_options = try encoder.message(namespaces) }
        message.privileged = isPrivileged ? 1 : 0
    }

    package init(
        reading message: Runtime__V1__LinuxSandboxSecurityContext, _ decoder: Decoder
    ) throws(WireError) {
        namespaces =
            message.namespace_options == nil
            ? nil : try decoder.message(message.namespace_options, "namespace_options")
        isPrivileged = message.privileged != 0
    }
}

package struct SandboxLinux: CRIMessage {
    package var cgroupParent: String
    package var security: SandboxSecurity?
    /// The kernel's parameters, in the sandbox's namespaces.
    package var systemControls: [Pair]

    package init(
        cgroupParent: String = "", security: SandboxSecurity? = nil, systemControls: [Pair] = []
    ) {
        self.cgroupParent = cgroupParent
        self.security = security
        self.systemControls = systemControls
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__LinuxPodSandboxConfig>?) -> Void
    {
        runtime__v1__linux_pod_sandbox_config__init
    }
    package static var messageName: String { "LinuxPodSandboxConfig" }

    package func write(
        to message: inout Runtime__V1__LinuxPodSandboxConfig, _ encoder: Encoder
    ) throws(WireError) {
        message.cgroup_parent = try encoder.string(cgroupParent, "cgroup_parent")
        if let security { message.security_context = try encoder.message(security) }
        message.n_sysctls = systemControls.count
        message.sysctls = try encoder.messages(systemControls)
    }

    package init(
        reading message: Runtime__V1__LinuxPodSandboxConfig, _ decoder: Decoder
    ) throws(WireError) {
        cgroupParent = try decoder.string(message.cgroup_parent, "cgroup_parent")
        security =
            message.security_context == nil
            ? nil : try decoder.message(message.security_context, "security_context")
        systemControls = try decoder.messages(message.sysctls, message.n_sysctls, "sysctls")
    }
}

package struct SandboxConfig: CRIMessage {
    package var metadata: SandboxMetadata?
    package var hostname: String
    package var logDirectory: String
    package var ports: [PodPort]
    package var labels: [Pair]
    package var annotations: [Pair]
    package var linux: SandboxLinux?

    package init(
        metadata: SandboxMetadata? = nil, hostname: String = "", logDirectory: String = "",
        ports: [PodPort] = [], labels: [Pair] = [], annotations: [Pair] = [],
        linux: SandboxLinux? = nil
    ) {
        self.metadata = metadata
        self.hostname = hostname
        self.logDirectory = logDirectory
        self.ports = ports
        self.labels = labels
        self.annotations = annotations
        self.linux = linux
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__PodSandboxConfig>?) -> Void {
        runtime__v1__pod_sandbox_config__init
    }
    package static var messageName: String { "PodSandboxConfig" }

    package func write(
        to message: inout Runtime__V1__PodSandboxConfig, _ encoder: Encoder
    ) throws(WireError) {
        if let metadata { message.metadata = try encoder.message(metadata) }
        message.hostname = try encoder.string(hostname, "hostname")
        message.log_directory = try encoder.string(logDirectory, "log_directory")
        message.n_port_mappings = ports.count
        message.port_mappings = try encoder.messages(ports)
        message.n_labels = labels.count
        message.labels = try encoder.messages(labels)
        message.n_annotations = annotations.count
        message.annotations = try encoder.messages(annotations)
        if let linux { message.linux_part = try encoder.message(linux) }
    }

    package init(
        reading message: Runtime__V1__PodSandboxConfig, _ decoder: Decoder
    ) throws(WireError) {
        metadata =
            message.metadata == nil ? nil : try decoder.message(message.metadata, "metadata")
        hostname = try decoder.string(message.hostname, "hostname")
        logDirectory = try decoder.string(message.log_directory, "log_directory")
        ports = try decoder.messages(
            message.port_mappings, message.n_port_mappings, "port_mappings")
        labels = try decoder.messages(
            message.labels, message.n_labels, "labels")
        annotations = try decoder.messages(
            message.annotations, message.n_annotations, "annotations")
        linux =
            message.linux_part == nil ? nil : try decoder.message(message.linux_part, "linux_part")
    }
}

package struct RunSandbox: CRIMessage {
    package var config: SandboxConfig?

    package init(config: SandboxConfig? = nil) {
        self.config = config
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__RunPodSandboxRequest>?) -> Void
    {
        runtime__v1__run_pod_sandbox_request__init
    }
    package static var messageName: String { "RunPodSandboxRequest" }

    package func write(
        to message: inout Runtime__V1__RunPodSandboxRequest, _ encoder: Encoder
    ) throws(WireError) {
        if let config { message.config = try encoder.message(config) }
    }

    package init(
        reading message: Runtime__V1__RunPodSandboxRequest, _ decoder: Decoder
    ) throws(WireError) {
        config =
            message.config == nil ? nil : try decoder.message(message.config, "config")
    }
}
