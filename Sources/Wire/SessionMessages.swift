import CWire
import Model

// What passes between a worker and its manager besides assignments and reports.

extension Registration: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__RegisterRequest>?) -> Void {
        muster__v1__register_request__init
    }
    static var messageName: String { "RegisterRequest" }

    func write(
        to message: inout Muster__V1__RegisterRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.name = try encoder.string(name, "name")
        message.cluster = try encoder.string(cluster, "cluster")
        message.region = try encoder.string(region, "region")
        if let instance {
            message.has_instance_case = MUSTER__V1__REGISTER_REQUEST__HAS_INSTANCE_INSTANCE
            message.instance = try encoder.identifier(instance)
        }
        message.agent = try encoder.identifier(agent)
        message.resources = try encoder.message(resources)
        message.n_attributes = attributes.count
        message.attributes = try encoder.messages(attributes)
        message.agent_version = try encoder.string(agentVersion, "agent_version")
        message.runtime = try encoder.string(runtime, "runtime")
        message.n_inventory = inventory.count
        message.inventory = try encoder.messages(inventory)
        message.attempt = attempt
    }

    init(reading message: Muster__V1__RegisterRequest, _ decoder: Decoder) throws(WireError) {
        let name = try decoder.string(message.name, "name")
        let cluster = try decoder.string(message.cluster, "cluster")
        guard !name.isEmpty else { throw .invalid(field: "name", problem: "is empty") }
        guard !cluster.isEmpty else { throw .invalid(field: "cluster", problem: "is empty") }
        let hasInstance =
            message.has_instance_case == MUSTER__V1__REGISTER_REQUEST__HAS_INSTANCE_INSTANCE
        self.init(
            name: name, cluster: cluster,
            region: try decoder.string(message.region, "region"),
            instance: hasInstance ? try decoder.identifier(message.instance, "instance") : nil,
            agent: try decoder.identifier(message.agent, "agent"),
            resources: try decoder.message(message.resources, "resources"),
            attributes: try decoder.messages(
                message.attributes, message.n_attributes, "attributes"),
            agentVersion: try decoder.string(message.agent_version, "agent_version"),
            runtime: try decoder.string(message.runtime, "runtime"),
            inventory: try decoder.messages(message.inventory, message.n_inventory, "inventory"),
            attempt: message.attempt)
    }
}

extension Registered: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__RegisterResponse>?) -> Void {
        muster__v1__register_response__init
    }
    static var messageName: String { "RegisterResponse" }

    func write(
        to message: inout Muster__V1__RegisterResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.instance = try encoder.identifier(instance)
        message.session = try encoder.identifier(session)
        message.epoch = epoch
        message.heartbeat = try encoder.message(heartbeat)
        message.n_managers = managers.count
        message.managers = try encoder.strings(managers, "managers")
    }

    init(reading message: Muster__V1__RegisterResponse, _ decoder: Decoder) throws(WireError) {
        self.init(
            instance: try decoder.identifier(message.instance, "instance"),
            session: try decoder.identifier(message.session, "session"),
            epoch: message.epoch,
            heartbeat: try decoder.message(message.heartbeat, "heartbeat"),
            managers: try decoder.strings(message.managers, message.n_managers, "managers"))
    }
}

extension HeartbeatSettings: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__HeartbeatSettings>?) -> Void {
        muster__v1__heartbeat_settings__init
    }
    static var messageName: String { "HeartbeatSettings" }

    func write(
        to message: inout Muster__V1__HeartbeatSettings, _ encoder: Encoder
    ) throws(WireError) {
        message.period = try encoder.amount(period, "period")
        message.lease = try encoder.amount(lease, "lease")
    }

    init(reading message: Muster__V1__HeartbeatSettings, _ decoder: Decoder) throws(WireError) {
        guard message.period > 0 else { throw .invalid(field: "period", problem: "is 0") }
        guard message.lease > 0 else { throw .invalid(field: "lease", problem: "is 0") }
        self.init(period: Int64(message.period), lease: Int64(message.lease))
    }
}

extension AssignmentsRequest: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__AssignmentsRequest>?) -> Void {
        muster__v1__assignments_request__init
    }
    static var messageName: String { "AssignmentsRequest" }

    func write(
        to message: inout Muster__V1__AssignmentsRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.session = try encoder.identifier(session)
    }

    init(reading message: Muster__V1__AssignmentsRequest, _ decoder: Decoder) throws(WireError) {
        self.init(session: try decoder.identifier(message.session, "session"))
    }
}

extension Heartbeat: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__HeartbeatRequest>?) -> Void {
        muster__v1__heartbeat_request__init
    }
    static var messageName: String { "HeartbeatRequest" }

    func write(
        to message: inout Muster__V1__HeartbeatRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.session = try encoder.identifier(session)
        message.sequence = sequence
        message.acknowledged = acknowledged
        message.used_cpu = usedCPU
        message.used_memory = usedMemory
    }

    init(reading message: Muster__V1__HeartbeatRequest, _ decoder: Decoder) throws(WireError) {
        self.init(
            session: try decoder.identifier(message.session, "session"),
            sequence: message.sequence, acknowledged: message.acknowledged,
            usedCPU: message.used_cpu, usedMemory: message.used_memory)
    }
}

extension StatusReport: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ReportStatusRequest>?) -> Void {
        muster__v1__report_status_request__init
    }
    static var messageName: String { "ReportStatusRequest" }

    func write(
        to message: inout Muster__V1__ReportStatusRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.session = try encoder.identifier(session)
        message.n_tasks = tasks.count
        message.tasks = try encoder.messages(tasks)
    }

    init(reading message: Muster__V1__ReportStatusRequest, _ decoder: Decoder) throws(WireError) {
        self.init(
            session: try decoder.identifier(message.session, "session"),
            tasks: try decoder.messages(message.tasks, message.n_tasks, "tasks"))
    }
}
