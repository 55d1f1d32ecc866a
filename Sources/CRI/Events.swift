package import CWire
package import Wire

// containerd's own events.

package struct Subscribe: CRIMessage {
    package var filters: [String]

    package init(filters: [String] = []) {
        self.filters = filters
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Events__V1__SubscribeRequest>?) -> Void
    {
        containerd__services__events__v1__subscribe_request__init
    }
    package static var messageName: String { "SubscribeRequest" }

    package func write(
        to message: inout Containerd__Services__Events__V1__SubscribeRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.n_filters = filters.count
        message.filters = try encoder.strings(filters, "filters")
    }

    package init(
        reading message: Containerd__Services__Events__V1__SubscribeRequest, _ decoder: Decoder
    ) throws(WireError) {
        filters = try decoder.strings(message.filters, message.n_filters, "filters")
    }
}

package struct AnyMessage: CRIMessage {
    package var type: String
    package var value: [UInt8]

    package init(type: String = "", value: [UInt8] = []) {
        self.type = type
        self.value = value
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Events__V1__Any>?) -> Void
    {
        containerd__services__events__v1__any__init
    }
    package static var messageName: String { "Any" }

    package func write(
        to message: inout Containerd__Services__Events__V1__Any, _ encoder: Encoder
    ) throws(WireError) {
        message.type_url = try encoder.string(type, "type_url")
        message.value = try encoder.bytes(value)
    }

    package init(
        reading message: Containerd__Services__Events__V1__Any, _ decoder: Decoder
    ) throws(WireError) {
        type = try decoder.string(message.type_url, "type_url")
        value = decoder.bytes(message.value)
    }
}

package struct Envelope: CRIMessage {
    package var topic: String
    package var event: AnyMessage?

    package init(topic: String = "", event: AnyMessage? = nil) {
        self.topic = topic
        self.event = event
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Events__V1__Envelope>?) -> Void
    {
        containerd__services__events__v1__envelope__init
    }
    package static var messageName: String { "Envelope" }

    package func write(
        to message: inout Containerd__Services__Events__V1__Envelope, _ encoder: Encoder
    ) throws(WireError) {
        message.topic = try encoder.string(topic, "topic")
        if let event { message.event = try encoder.message(event) }
    }

    package init(
        reading message: Containerd__Services__Events__V1__Envelope, _ decoder: Decoder
    ) throws(WireError) {
        topic = try decoder.string(message.topic, "topic")
        event =
            message.event == nil ? nil : try decoder.message(message.event, "event")
    }
}

package struct TaskExit: CRIMessage {
    package var container: String
    /// The container's id for its main process.
    package var process: String

    package init(container: String = "", process: String = "") {
        self.container = container
        self.process = process
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Events__V1__TaskExit>?) -> Void
    {
        containerd__services__events__v1__task_exit__init
    }
    package static var messageName: String { "TaskExit" }

    package func write(
        to message: inout Containerd__Services__Events__V1__TaskExit, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.id = try encoder.string(process, "id")
    }

    package init(
        reading message: Containerd__Services__Events__V1__TaskExit, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        process = try decoder.string(message.id, "id")
    }
}

package struct TaskExecStarted: CRIMessage {
    package var container: String
    package var process: String
    package var pid: UInt32

    package init(container: String = "", process: String = "", pid: UInt32 = 0) {
        self.container = container
        self.process = process
        self.pid = pid
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Events__V1__TaskExecStarted>?) -> Void
    {
        containerd__services__events__v1__task_exec_started__init
    }
    package static var messageName: String { "TaskExecStarted" }

    package func write(
        to message: inout Containerd__Services__Events__V1__TaskExecStarted, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.exec_id = try encoder.string(process, "exec_id")
        message.pid = pid
    }

    package init(
        reading message: Containerd__Services__Events__V1__TaskExecStarted, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        process = try decoder.string(message.exec_id, "exec_id")
        pid = message.pid
    }
}
