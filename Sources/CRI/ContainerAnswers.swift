package import CWire
package import Wire

// What is asked of containers that there are, and what containerd says of them.

package enum ContainerState: UInt32, Sendable {
    case created = 0
    case running, exited, unknown
}

package struct StopContainer: CRIMessage {
    package var container: String
    /// Seconds from the stop signal to SIGKILL.
    package var timeout: Int64

    package init(container: String = "", timeout: Int64 = 0) {
        self.container = container
        self.timeout = timeout
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__StopContainerRequest>?) -> Void
    {
        runtime__v1__stop_container_request__init
    }
    package static var messageName: String { "StopContainerRequest" }

    package func write(
        to message: inout Runtime__V1__StopContainerRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.timeout = timeout
    }

    package init(
        reading message: Runtime__V1__StopContainerRequest, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        timeout = message.timeout
    }
}

package struct ContainerFilter: CRIMessage {
    package var sandbox: String
    package var labels: [Pair]

    package init(sandbox: String = "", labels: [Pair] = []) {
        self.sandbox = sandbox
        self.labels = labels
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ContainerFilter>?) -> Void {
        runtime__v1__container_filter__init
    }
    package static var messageName: String { "ContainerFilter" }

    package func write(
        to message: inout Runtime__V1__ContainerFilter, _ encoder: Encoder
    ) throws(WireError) {
        message.pod_sandbox_id = try encoder.string(sandbox, "pod_sandbox_id")
        message.n_label_selector = labels.count
        message.label_selector = try encoder.messages(labels)
    }

    package init(
        reading message: Runtime__V1__ContainerFilter, _ decoder: Decoder
    ) throws(WireError) {
        sandbox = try decoder.string(message.pod_sandbox_id, "pod_sandbox_id")
        labels = try decoder.messages(
            message.label_selector, message.n_label_selector, "label_selector")
    }
}

package struct ListContainers: CRIMessage {
    package var filter: ContainerFilter?

    package init(filter: ContainerFilter? = nil) {
        self.filter = filter
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ListContainersRequest>?) -> Void
    {
        runtime__v1__list_containers_request__init
    }
    package static var messageName: String { "ListContainersRequest" }

    package func write(
        to message: inout Runtime__V1__ListContainersRequest, _ encoder: Encoder
    ) throws(WireError) {
        if let filter { message.filter = try encoder.message(filter) }
    }

    package init(
        reading message: Runtime__V1__ListContainersRequest, _ decoder: Decoder
    ) throws(WireError) {
        filter =
            message.filter == nil ? nil : try decoder.message(message.filter, "filter")
    }
}

package struct ContainerItem: CRIMessage {
    package var id: String
    package var sandbox: String
    package var metadata: ContainerMetadata?
    package var state: ContainerState
    /// Nanoseconds since 1970.
    package var createdAt: Int64
    package var labels: [Pair]

    package init(
        id: String = "", sandbox: String = "", metadata: ContainerMetadata? = nil,
        state: ContainerState = .created, createdAt: Int64 = 0, labels: [Pair] = []
    ) {
        self.id = id
        self.sandbox = sandbox
        self.metadata = metadata
        self.state = state
        self.createdAt = createdAt
        self.labels = labels
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Container>?) -> Void {
        runtime__v1__container__init
    }
    package static var messageName: String { "Container" }

    package func write(
        to message: inout Runtime__V1__Container, _ encoder: Encoder
    ) throws(WireError) {
        message.id = try encoder.string(id, "id")
        message.pod_sandbox_id = try encoder.string(sandbox, "pod_sandbox_id")
        if let metadata { message.metadata = try encoder.message(metadata) }
        message.state.rawValue = state.rawValue
        message.created_at = createdAt
        message.n_labels = labels.count
        message.labels = try encoder.messages(labels)
    }

    package init(reading message: Runtime__V1__Container, _ decoder: Decoder) throws(WireError) {
        id = try decoder.string(message.id, "id")
        sandbox = try decoder.string(message.pod_sandbox_id, "pod_sandbox_id")
        metadata =
            message.metadata == nil ? nil : try decoder.message(message.metadata, "metadata")
        state = ContainerState(rawValue: message.state.rawValue) ?? .unknown
        createdAt = message.created_at
        labels = try decoder.messages(
            message.labels, message.n_labels, "labels")
    }
}

package struct ContainerList: CRIMessage {
    package var items: [ContainerItem]

    package init(items: [ContainerItem] = []) {
        self.items = items
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ListContainersResponse>?) -> Void
    {
        runtime__v1__list_containers_response__init
    }
    package static var messageName: String { "ListContainersResponse" }

    package func write(
        to message: inout Runtime__V1__ListContainersResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.n_containers = items.count
        message.containers = try encoder.messages(items)
    }

    package init(
        reading message: Runtime__V1__ListContainersResponse, _ decoder: Decoder
    ) throws(WireError) {
        items = try decoder.messages(
            message.containers, message.n_containers, "containers")
    }
}

package struct ContainerDetails: CRIMessage {
    package var id: String
    package var state: ContainerState
    /// Nanoseconds since 1970.
    package var startedAt: Int64
    package var finishedAt: Int64
    package var exitCode: Int32
    package var reason: String
    package var text: String

    package init(
        id: String = "", state: ContainerState = .created, startedAt: Int64 = 0,
        finishedAt: Int64 = 0, exitCode: Int32 = 0, reason: String = "", text: String = ""
    ) {
        self.id = id
        self.state = state
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.exitCode = exitCode
        self.reason = reason
        self.text = text
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ContainerStatus>?) -> Void {
        runtime__v1__container_status__init
    }
    package static var messageName: String { "ContainerStatus" }

    package func write(
        to message: inout Runtime__V1__ContainerStatus, _ encoder: Encoder
    ) throws(WireError) {
        message.id = try encoder.string(id, "id")
        message.state.rawValue = state.rawValue
        message.started_at = startedAt
        message.finished_at = finishedAt
        message.exit_code = exitCode
        message.reason = try encoder.string(reason, "reason")
        message.message = try encoder.string(text, "message")
    }

    package init(
        reading message: Runtime__V1__ContainerStatus, _ decoder: Decoder
    ) throws(WireError) {
        id = try decoder.string(message.id, "id")
        state = ContainerState(rawValue: message.state.rawValue) ?? .unknown
        startedAt = message.started_at
        finishedAt = message.finished_at
        exitCode = message.exit_code
        reason = try decoder.string(message.reason, "reason")
        text = try decoder.string(message.message, "message")
    }
}

package struct ContainerStatusAnswer: CRIMessage {
    package var status: ContainerDetails?

    package init(status: ContainerDetails? = nil) {
        self.status = status
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ContainerStatusResponse>?) -> Void
    {
        runtime__v1__container_status_response__init
    }
    package static var messageName: String { "ContainerStatusResponse" }

    package func write(
        to message: inout Runtime__V1__ContainerStatusResponse, _ encoder: Encoder
    ) throws(WireError) {
        if let status { message.status = try encoder.message(status) }
    }

    package init(
        reading message: Runtime__V1__ContainerStatusResponse, _ decoder: Decoder
    ) throws(WireError) {
        status =
            message.status == nil ? nil : try decoder.message(message.status, "status")
    }
}
