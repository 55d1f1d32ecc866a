import CWire
import Model

// A task as a worker needs it.

extension TaskSpec: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__TaskSpec>?) -> Void {
        muster__v1__task_spec__init
    }
    static var messageName: String { "TaskSpec" }

    func write(to message: inout Muster__V1__TaskSpec, _ encoder: Encoder) throws(WireError) {
        try Self.check(containers: containers.count, ids: containerIDs.count)
        message.id = try encoder.identifier(id)
        message.arn = try encoder.string(arn, "arn")
        message.cluster = try encoder.string(cluster, "cluster")
        message.family = try encoder.string(family, "family")
        message.revision = try encoder.amount(revision, "revision")
        message.group = try encoder.string(group, "group")
        message.n_containers = containers.count
        message.containers = try encoder.messages(containers)
        message.n_container_ids = containerIDs.count
        message.container_ids = try encoder.identifiers(containerIDs)
        if let cpu {
            message.has_cpu_case = MUSTER__V1__TASK_SPEC__HAS_CPU_CPU
            message.cpu = try encoder.amount(cpu, "cpu")
        }
        if let memory {
            message.has_memory_case = MUSTER__V1__TASK_SPEC__HAS_MEMORY_MEMORY
            message.memory = try encoder.amount(memory, "memory")
        }
        message.stop_when_lost = onLost == .stop ? 1 : 0
        message.network_mode.rawValue = networkMode?.wireNumber ?? 0
        message.pid_mode.rawValue = pidMode?.wireNumber ?? 0
        message.ipc_mode.rawValue = ipcMode?.wireNumber ?? 0
    }

    init(reading message: Muster__V1__TaskSpec, _ decoder: Decoder) throws(WireError) {
        try Self.check(containers: message.n_containers, ids: message.n_container_ids)
        self.init(
            id: try decoder.identifier(message.id, "task id"),
            arn: try decoder.string(message.arn, "arn"),
            cluster: try decoder.string(message.cluster, "cluster"),
            family: try decoder.string(message.family, "family"),
            revision: Int(message.revision),
            group: try decoder.string(message.group, "group"),
            containers: try decoder.messages(
                message.containers, message.n_containers, "containers"),
            containerIDs: try decoder.identifiers(
                message.container_ids, message.n_container_ids, "container_ids"),
            cpu: message.has_cpu_case.rawValue != 0 ? Int(message.cpu) : nil,
            memory: message.has_memory_case.rawValue != 0 ? Int(message.memory) : nil,
            onLost: message.stop_when_lost != 0 ? .stop : nil,
            networkMode: try decoder.enumerationIfSpecified(
                message.network_mode.rawValue, "network_mode"),
            pidMode: try decoder.enumerationIfSpecified(message.pid_mode.rawValue, "pid_mode"),
            ipcMode: try decoder.enumerationIfSpecified(message.ipc_mode.rawValue, "ipc_mode"))
    }

    private static func check(containers: Int, ids: Int) throws(WireError) {
        guard containers <= WireLimits.containersMaximum else {
            throw .invalid(
                field: "containers",
                problem: "has \(containers), more than \(WireLimits.containersMaximum)")
        }
        guard containers == ids else {
            throw .invalid(
                field: "container_ids", problem: "has \(ids) ids for \(containers) containers")
        }
    }
}

extension ContainerDefinition: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ContainerDefinition>?) -> Void {
        muster__v1__container_definition__init
    }
    static var messageName: String { "ContainerDefinition" }

    func write(
        to message: inout Muster__V1__ContainerDefinition, _ encoder: Encoder
    ) throws(WireError) {
        message.name = try encoder.string(name, "container name")
        message.image = try encoder.string(image, "image")
        message.cpu = try encoder.amount(cpu, "cpu")
        message.essential = essential ? 1 : 0
        message.n_entry_point = entryPoint.count
        message.entry_point = try encoder.strings(entryPoint, "entry_point")
        message.n_command = command.count
        message.command = try encoder.strings(command, "command")
        message.n_environment = environment.count
        message.environment = try encoder.messages(environment)
        message.n_port_mappings = portMappings.count
        message.port_mappings = try encoder.messages(portMappings)
        message.n_depends_on = dependsOn.count
        message.depends_on = try encoder.messages(dependsOn)
        message.n_ulimits = ulimits.count
        message.ulimits = try encoder.messages(ulimits)
        try writeOptional(to: &message, encoder)
    }

    private func writeOptional(
        to message: inout Muster__V1__ContainerDefinition, _ encoder: Encoder
    ) throws(WireError) {
        if let memory {
            message.has_memory_case = MUSTER__V1__CONTAINER_DEFINITION__HAS_MEMORY_MEMORY
            message.memory = try encoder.amount(memory, "memory")
        }
        if let memoryReservation {
            message.has_memory_reservation_case =
                MUSTER__V1__CONTAINER_DEFINITION__HAS_MEMORY_RESERVATION_MEMORY_RESERVATION
            message.memory_reservation = try encoder.amount(
                memoryReservation, "memory_reservation")
        }
        if let workingDirectory {
            message.has_working_directory_case =
                MUSTER__V1__CONTAINER_DEFINITION__HAS_WORKING_DIRECTORY_WORKING_DIRECTORY
            message.working_directory = try encoder.string(workingDirectory, "working_directory")
        }
        if let user {
            message.has_user_case = MUSTER__V1__CONTAINER_DEFINITION__HAS_USER_USER
            message.user = try encoder.string(user, "user")
        }
        if let startTimeout {
            message.has_start_timeout_case =
                MUSTER__V1__CONTAINER_DEFINITION__HAS_START_TIMEOUT_START_TIMEOUT
            message.start_timeout = try encoder.amount(startTimeout, "start_timeout")
        }
        if let stopTimeout {
            message.has_stop_timeout_case =
                MUSTER__V1__CONTAINER_DEFINITION__HAS_STOP_TIMEOUT_STOP_TIMEOUT
            message.stop_timeout = try encoder.amount(stopTimeout, "stop_timeout")
        }
        if let restartPolicy { message.restart_policy = try encoder.message(restartPolicy) }
        if let healthCheck { message.health_check = try encoder.message(healthCheck) }
        if let setup { message.setup = try encoder.message(setup) }
    }

    init(reading message: Muster__V1__ContainerDefinition, _ decoder: Decoder) throws(WireError) {
        self.init(
            name: try decoder.string(message.name, "container name"),
            image: try decoder.string(message.image, "image"),
            cpu: Int(message.cpu),
            memory: message.has_memory_case.rawValue != 0 ? Int(message.memory) : nil,
            memoryReservation: message.has_memory_reservation_case.rawValue != 0
                ? Int(message.memory_reservation) : nil,
            essential: message.essential != 0,
            entryPoint: try decoder.strings(
                message.entry_point, message.n_entry_point, "entry_point"),
            command: try decoder.strings(message.command, message.n_command, "command"),
            environment: try decoder.messages(
                message.environment, message.n_environment, "environment"),
            workingDirectory: message.has_working_directory_case.rawValue != 0
                ? try decoder.string(message.working_directory, "working_directory") : nil,
            user: message.has_user_case.rawValue != 0
                ? try decoder.string(message.user, "user") : nil,
            portMappings: try decoder.messages(
                message.port_mappings, message.n_port_mappings, "port_mappings"),
            startTimeout: message.has_start_timeout_case.rawValue != 0
                ? Int(message.start_timeout) : nil,
            stopTimeout: message.has_stop_timeout_case.rawValue != 0
                ? Int(message.stop_timeout) : nil,
            dependsOn: try decoder.messages(
                message.depends_on, message.n_depends_on, "depends_on"),
            ulimits: try decoder.messages(message.ulimits, message.n_ulimits, "ulimits"),
            restartPolicy: message.restart_policy == nil
                ? nil : try decoder.message(message.restart_policy, "restart_policy"),
            healthCheck: message.health_check == nil
                ? nil : try decoder.message(message.health_check, "health_check"),
            setup: message.setup == nil ? nil : try decoder.message(message.setup, "setup"))
    }
}
