import CWire
import Model

// What a worker has and what it reports of its tasks.

extension Resources: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__Resources>?) -> Void {
        muster__v1__resources__init
    }
    static var messageName: String { "Resources" }

    func write(to message: inout Muster__V1__Resources, _ encoder: Encoder) throws(WireError) {
        message.cpu = try encoder.amount(cpu, "cpu")
        message.memory = try encoder.amount(memory, "memory")
        message.n_tcp_ports = tcpPorts.count
        message.tcp_ports = try encoder.ports(tcpPorts, "tcp_ports")
        message.n_udp_ports = udpPorts.count
        message.udp_ports = try encoder.ports(udpPorts, "udp_ports")
        message.gpus = try encoder.amount(gpus, "gpus")
    }

    init(reading message: Muster__V1__Resources, _ decoder: Decoder) throws(WireError) {
        self.init(
            cpu: Int(message.cpu), memory: Int(message.memory),
            tcpPorts: try decoder.ports(message.tcp_ports, message.n_tcp_ports, "tcp_ports"),
            udpPorts: try decoder.ports(message.udp_ports, message.n_udp_ports, "udp_ports"),
            gpus: Int(message.gpus))
    }
}

extension Attribute: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__Attribute>?) -> Void {
        muster__v1__attribute__init
    }
    static var messageName: String { "Attribute" }

    func write(to message: inout Muster__V1__Attribute, _ encoder: Encoder) throws(WireError) {
        message.name = try encoder.string(name, "attribute name")
        if let value {
            message.has_value_case = MUSTER__V1__ATTRIBUTE__HAS_VALUE_VALUE
            message.value = try encoder.string(value, "attribute value")
        }
    }

    init(reading message: Muster__V1__Attribute, _ decoder: Decoder) throws(WireError) {
        let hasValue = message.has_value_case == MUSTER__V1__ATTRIBUTE__HAS_VALUE_VALUE
        self.init(
            name: try decoder.string(message.name, "attribute name"),
            value: hasValue ? try decoder.string(message.value, "attribute value") : nil)
    }
}

extension TaskReport: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__TaskReport>?) -> Void {
        muster__v1__task_report__init
    }
    static var messageName: String { "TaskReport" }

    func write(to message: inout Muster__V1__TaskReport, _ encoder: Encoder) throws(WireError) {
        message.task = try encoder.identifier(task)
        message.status.rawValue = status.wireNumber
        message.n_containers = containers.count
        message.containers = try encoder.messages(containers)
        if let pullStartedAt {
            message.has_pull_started_at_case =
                MUSTER__V1__TASK_REPORT__HAS_PULL_STARTED_AT_PULL_STARTED_AT
            message.pull_started_at = pullStartedAt.milliseconds
        }
        if let pullStoppedAt {
            message.has_pull_stopped_at_case =
                MUSTER__V1__TASK_REPORT__HAS_PULL_STOPPED_AT_PULL_STOPPED_AT
            message.pull_stopped_at = pullStoppedAt.milliseconds
        }
        if let startedAt {
            message.has_started_at_case = MUSTER__V1__TASK_REPORT__HAS_STARTED_AT_STARTED_AT
            message.started_at = startedAt.milliseconds
        }
        if let executionStoppedAt {
            message.has_execution_stopped_at_case =
                MUSTER__V1__TASK_REPORT__HAS_EXECUTION_STOPPED_AT_EXECUTION_STOPPED_AT
            message.execution_stopped_at = executionStoppedAt.milliseconds
        }
        if let stoppedAt {
            message.has_stopped_at_case = MUSTER__V1__TASK_REPORT__HAS_STOPPED_AT_STOPPED_AT
            message.stopped_at = stoppedAt.milliseconds
        }
        message.stop_code.rawValue = stopCode?.wireNumber ?? 0
        if let reason {
            message.has_reason_case = MUSTER__V1__TASK_REPORT__HAS_REASON_REASON
            message.reason = try encoder.string(reason, "task reason")
        }
        message.health_number = healthNumber
    }

    init(reading message: Muster__V1__TaskReport, _ decoder: Decoder) throws(WireError) {
        self.init(
            task: try decoder.identifier(message.task, "task"),
            status: try decoder.enumeration(message.status.rawValue, "task status"),
            containers: try decoder.messages(
                message.containers, message.n_containers, "containers"),
            healthNumber: message.health_number)
        // A oneof's union holds a value only when its case is set.
        if message.has_pull_started_at_case.rawValue != 0 {
            pullStartedAt = try decoder.wallTime(message.pull_started_at, "pull_started_at")
        }
        if message.has_pull_stopped_at_case.rawValue != 0 {
            pullStoppedAt = try decoder.wallTime(message.pull_stopped_at, "pull_stopped_at")
        }
        if message.has_started_at_case.rawValue != 0 {
            startedAt = try decoder.wallTime(message.started_at, "started_at")
        }
        if message.has_execution_stopped_at_case.rawValue != 0 {
            executionStoppedAt = try decoder.wallTime(
                message.execution_stopped_at, "execution_stopped_at")
        }
        if message.has_stopped_at_case.rawValue != 0 {
            stoppedAt = try decoder.wallTime(message.stopped_at, "stopped_at")
        }
        stopCode = try decoder.enumerationIfSpecified(message.stop_code.rawValue, "stop_code")
        if message.has_reason_case.rawValue != 0 {
            reason = try decoder.string(message.reason, "task reason")
        }
    }
}

extension ContainerReport: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ContainerReport>?) -> Void {
        muster__v1__container_report__init
    }
    static var messageName: String { "ContainerReport" }

    func write(
        to message: inout Muster__V1__ContainerReport, _ encoder: Encoder
    ) throws(WireError) {
        message.name = try encoder.string(name, "container name")
        message.status.rawValue = status.wireNumber
        if let exitCode {
            guard let code = Int32(exactly: exitCode) else {
                throw .invalid(field: "exit_code", problem: "is \(exitCode), not 32 bits")
            }
            message.has_exit_code_case = MUSTER__V1__CONTAINER_REPORT__HAS_EXIT_CODE_EXIT_CODE
            message.exit_code = code
        }
        if let reason {
            message.has_reason_case = MUSTER__V1__CONTAINER_REPORT__HAS_REASON_REASON
            message.reason = try encoder.string(reason, "container reason")
        }
        if let runtimeID {
            message.has_runtime_id_case = MUSTER__V1__CONTAINER_REPORT__HAS_RUNTIME_ID_RUNTIME_ID
            message.runtime_id = try encoder.string(runtimeID, "runtime_id")
        }
        message.n_network_bindings = networkBindings.count
        message.network_bindings = try encoder.messages(networkBindings)
        message.health.rawValue = health.wireNumber
        message.restarts = try encoder.amount(restarts ?? 0, "restarts")
        // Empty means that there is none, which no digest and no address is.
        message.image_digest = try encoder.string(imageDigest ?? "", "image_digest")
        message.address = try encoder.string(address ?? "", "address")
    }

    init(reading message: Muster__V1__ContainerReport, _ decoder: Decoder) throws(WireError) {
        let hasExitCode = message.has_exit_code_case.rawValue != 0
        let hasReason = message.has_reason_case.rawValue != 0
        let hasRuntimeID = message.has_runtime_id_case.rawValue != 0
        let digest = try decoder.string(message.image_digest, "image_digest")
        let address = try decoder.string(message.address, "address")
        self.init(
            name: try decoder.string(message.name, "container name"),
            status: try decoder.enumeration(message.status.rawValue, "container status"),
            exitCode: hasExitCode ? Int(message.exit_code) : nil,
            reason: hasReason ? try decoder.string(message.reason, "container reason") : nil,
            runtimeID: hasRuntimeID
                ? try decoder.string(message.runtime_id, "runtime_id") : nil,
            networkBindings: try decoder.messages(
                message.network_bindings, message.n_network_bindings, "network_bindings"),
            health: try decoder.enumerationIfSpecified(message.health.rawValue, "health")
                ?? .unknown, restarts: message.restarts == 0 ? nil : Int(message.restarts),
            imageDigest: digest.isEmpty ? nil : digest, address: address.isEmpty ? nil : address)
    }
}

extension NetworkBinding: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__NetworkBinding>?) -> Void {
        muster__v1__network_binding__init
    }
    static var messageName: String { "NetworkBinding" }

    func write(to message: inout Muster__V1__NetworkBinding, _ encoder: Encoder) throws(WireError) {
        message.bind_ip = try encoder.string(bindIP, "bind_ip")
        message.container_port = try encoder.port(containerPort, "container_port")
        message.host_port = try encoder.port(hostPort, "host_port")
        message.protocol.rawValue = transport.wireNumber
    }

    init(reading message: Muster__V1__NetworkBinding, _ decoder: Decoder) throws(WireError) {
        self.init(
            bindIP: try decoder.string(message.bind_ip, "bind_ip"),
            containerPort: try decoder.port(message.container_port, "container_port"),
            hostPort: try decoder.port(message.host_port, "host_port"),
            transport: try decoder.enumeration(message.protocol.rawValue, "protocol"))
    }
}
