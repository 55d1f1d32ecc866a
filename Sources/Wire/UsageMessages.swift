import CWire
import Model

// What containers use.

extension UsageReport: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ReportUsageRequest>?) -> Void {
        muster__v1__report_usage_request__init
    }
    static var messageName: String { "ReportUsageRequest" }

    func write(
        to message: inout Muster__V1__ReportUsageRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.session = try encoder.identifier(session)
        message.number = number
        message.n_containers = containers.count
        message.containers = try encoder.messages(containers)
        message.health = try health.map { value throws(WireError) in try encoder.message(value) }
    }

    init(reading message: Muster__V1__ReportUsageRequest, _ decoder: Decoder) throws(WireError) {
        guard message.number > 0 else { throw .invalid(field: "number", problem: "is 0") }
        guard message.n_containers <= Self.containersMaximum else {
            throw .invalid(
                field: "containers", problem: "are more than \(Self.containersMaximum)")
        }
        self.init(
            session: try decoder.identifier(message.session, "session"), number: message.number,
            containers: try decoder.messages(
                message.containers, message.n_containers, "containers"),
            health: try message.health.map { value throws(WireError) in
                try decoder.message(value, "health")
            })
    }
}

extension ContainerUsage: Message {
    /// Bytes beyond which nothing is believed, so that no sum overflows: a petabyte.
    private static let memoryMaximum: UInt64 = 1 << 50

    static var initialize: (UnsafeMutablePointer<Muster__V1__ContainerUsage>?) -> Void {
        muster__v1__container_usage__init
    }
    static var messageName: String { "ContainerUsage" }

    func write(to message: inout Muster__V1__ContainerUsage, _ encoder: Encoder) throws(WireError) {
        message.task = try encoder.identifier(task)
        message.container = try encoder.string(container, "used container")
        message.cpu = cpu
        message.memory = memory
        message.memory_limit = memoryLimit
        message.received = received
        message.sent = sent
        message.processes = processes
    }

    init(reading message: Muster__V1__ContainerUsage, _ decoder: Decoder) throws(WireError) {
        self.init(
            task: try decoder.identifier(message.task, "used task"),
            container: try decoder.string(message.container, "used container"),
            cpu: message.cpu, memory: min(message.memory, Self.memoryMaximum),
            memoryLimit: min(message.memory_limit, Self.memoryMaximum),
            received: message.received, sent: message.sent, processes: message.processes)
    }
}

extension InstanceHealth: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__WorkerHealth>?) -> Void {
        muster__v1__worker_health__init
    }
    static var messageName: String { "WorkerHealth" }

    func write(to message: inout Muster__V1__WorkerHealth, _ encoder: Encoder) throws(WireError) {
        message.runtime = try encoder.message(runtime)
        message.disk = try encoder.message(disk)
    }

    init(reading message: Muster__V1__WorkerHealth, _ decoder: Decoder) throws(WireError) {
        self.init(
            runtime: try decoder.message(message.runtime, "runtime"),
            disk: try decoder.message(message.disk, "disk"))
    }
}

extension InstanceHealth.Finding: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__HealthFinding>?) -> Void {
        muster__v1__health_finding__init
    }
    static var messageName: String { "HealthFinding" }

    func write(to message: inout Muster__V1__HealthFinding, _ encoder: Encoder) throws(WireError) {
        message.fault = try encoder.string(fault ?? "", "fault")
        message.age = UInt64(age)
    }

    init(reading message: Muster__V1__HealthFinding, _ decoder: Decoder) throws(WireError) {
        let fault = try decoder.string(message.fault, "fault")
        // No worker has run for longer than there are 48 bits of milliseconds.
        self.init(
            fault: fault.isEmpty ? nil : fault, age: Int64(min(message.age, 1 << 48)))
    }
}
