import CWire
import Model

// The parts of a container definition.

extension EnvironmentVariable: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__EnvironmentVariable>?) -> Void {
        muster__v1__environment_variable__init
    }
    static var messageName: String { "EnvironmentVariable" }

    func write(
        to message: inout Muster__V1__EnvironmentVariable, _ encoder: Encoder
    ) throws(WireError) {
        message.name = try encoder.string(name, "environment name")
        message.value = try encoder.string(value, "environment value")
    }

    init(reading message: Muster__V1__EnvironmentVariable, _ decoder: Decoder) throws(WireError) {
        self.init(
            name: try decoder.string(message.name, "environment name"),
            value: try decoder.string(message.value, "environment value"))
    }
}

extension PortMapping: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__PortMapping>?) -> Void {
        muster__v1__port_mapping__init
    }
    static var messageName: String { "PortMapping" }

    func write(to message: inout Muster__V1__PortMapping, _ encoder: Encoder) throws(WireError) {
        message.container_port = try encoder.port(containerPort, "container_port")
        message.host_port = try encoder.port(hostPort, "host_port")
        message.protocol.rawValue = transport.wireNumber
        if let name {
            message.has_name_case = MUSTER__V1__PORT_MAPPING__HAS_NAME_NAME
            message.name = try encoder.string(name, "port name")
        }
    }

    init(reading message: Muster__V1__PortMapping, _ decoder: Decoder) throws(WireError) {
        self.init(
            containerPort: try decoder.port(message.container_port, "container_port"),
            hostPort: try decoder.port(message.host_port, "host_port"),
            transport: try decoder.enumeration(message.protocol.rawValue, "protocol"),
            name: message.has_name_case.rawValue != 0
                ? try decoder.string(message.name, "port name") : nil)
    }
}

extension ContainerDependency: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ContainerDependency>?) -> Void {
        muster__v1__container_dependency__init
    }
    static var messageName: String { "ContainerDependency" }

    func write(
        to message: inout Muster__V1__ContainerDependency, _ encoder: Encoder
    ) throws(WireError) {
        message.container = try encoder.string(container, "dependency container")
        message.condition.rawValue = condition.wireNumber
    }

    init(reading message: Muster__V1__ContainerDependency, _ decoder: Decoder) throws(WireError) {
        self.init(
            container: try decoder.string(message.container, "dependency container"),
            condition: try decoder.enumeration(message.condition.rawValue, "condition"))
    }
}

extension Ulimit: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__Ulimit>?) -> Void {
        muster__v1__ulimit__init
    }
    static var messageName: String { "Ulimit" }

    func write(to message: inout Muster__V1__Ulimit, _ encoder: Encoder) throws(WireError) {
        message.name = try encoder.string(name, "ulimit name")
        message.soft = Int64(soft)
        message.hard = Int64(hard)
    }

    init(reading message: Muster__V1__Ulimit, _ decoder: Decoder) throws(WireError) {
        self.init(
            name: try decoder.string(message.name, "ulimit name"),
            soft: Int(message.soft), hard: Int(message.hard))
    }
}
