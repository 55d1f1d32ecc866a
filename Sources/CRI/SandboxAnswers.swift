package import CWire
package import Wire

// What containerd says of sandboxes.

package struct SandboxNetwork: CRIMessage {
    /// Empty on the host's network.
    package var address: String

    package init(address: String = "") {
        self.address = address
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__PodSandboxNetworkStatus>?) -> Void
    {
        runtime__v1__pod_sandbox_network_status__init
    }
    package static var messageName: String { "PodSandboxNetworkStatus" }

    package func write(
        to message: inout Runtime__V1__PodSandboxNetworkStatus, _ encoder: Encoder
    ) throws(WireError) {
        message.ip = try encoder.string(address, "ip")
    }

    package init(
        reading message: Runtime__V1__PodSandboxNetworkStatus, _ decoder: Decoder
    ) throws(WireError) {
        address = try decoder.string(message.ip, "ip")
    }
}

package struct SandboxStatus: CRIMessage {
    package var id: String
    package var state: SandboxState
    package var network: SandboxNetwork?

    package init(id: String = "", state: SandboxState = .ready, network: SandboxNetwork? = nil) {
        self.id = id
        self.state = state
        self.network = network
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__PodSandboxStatus>?) -> Void {
        runtime__v1__pod_sandbox_status__init
    }
    package static var messageName: String { "PodSandboxStatus" }

    package func write(
        to message: inout Runtime__V1__PodSandboxStatus, _ encoder: Encoder
    ) throws(WireError) {
        message.id = try encoder.string(id, "id")
        message.state.rawValue = state.rawValue
        if let network { message.network = try encoder.message(network) }
    }

    package init(
        reading message: Runtime__V1__PodSandboxStatus, _ decoder: Decoder
    ) throws(WireError) {
        id = try decoder.string(message.id, "id")
        state = SandboxState(rawValue: message.state.rawValue) ?? .notReady
        network =
            message.network == nil ? nil : try decoder.message(message.network, "network")
    }
}

package struct SandboxStatusRequest: CRIMessage {
    package var id: String
    /// Whether the answer has ``SandboxStatusAnswer/info``.
    package var isVerbose: Bool

    package init(id: String = "", isVerbose: Bool = false) {
        self.id = id
        self.isVerbose = isVerbose
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__PodSandboxStatusRequest>?) -> Void
    {
        runtime__v1__pod_sandbox_status_request__init
    }
    package static var messageName: String { "PodSandboxStatusRequest" }

    package func write(
        to message: inout Runtime__V1__PodSandboxStatusRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.pod_sandbox_id = try encoder.string(id, "pod_sandbox_id")
        message.verbose = isVerbose ? 1 : 0
    }

    package init(
        reading message: Runtime__V1__PodSandboxStatusRequest, _ decoder: Decoder
    ) throws(WireError) {
        id = try decoder.string(message.pod_sandbox_id, "pod_sandbox_id")
        isVerbose = message.verbose != 0
    }
}

package struct SandboxStatusAnswer: CRIMessage {
    package var status: SandboxStatus?
    /// `info` is JSON, among it the sandbox's OCI runtime specification.
    package var info: [Pair]

    package init(status: SandboxStatus? = nil, info: [Pair] = []) {
        self.status = status
        self.info = info
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__PodSandboxStatusResponse>?) -> Void
    {
        runtime__v1__pod_sandbox_status_response__init
    }
    package static var messageName: String { "PodSandboxStatusResponse" }

    package func write(
        to message: inout Runtime__V1__PodSandboxStatusResponse, _ encoder: Encoder
    ) throws(WireError) {
        if let status { message.status = try encoder.message(status) }
        message.n_info = info.count
        message.info = try encoder.messages(info)
    }

    package init(
        reading message: Runtime__V1__PodSandboxStatusResponse, _ decoder: Decoder
    ) throws(WireError) {
        status = message.status == nil ? nil : try decoder.message(message.status, "status")
        info = try decoder.messages(message.info, message.n_info, "info")
    }
}

package struct SandboxFilter: CRIMessage {
    package var labels: [Pair]

    package init(labels: [Pair] = []) {
        self.labels = labels
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__PodSandboxFilter>?) -> Void {
        runtime__v1__pod_sandbox_filter__init
    }
    package static var messageName: String { "PodSandboxFilter" }

    package func write(
        to message: inout Runtime__V1__PodSandboxFilter, _ encoder: Encoder
    ) throws(WireError) {
        message.n_label_selector = labels.count
        message.label_selector = try encoder.messages(labels)
    }

    package init(
        reading message: Runtime__V1__PodSandboxFilter, _ decoder: Decoder
    ) throws(WireError) {
        labels = try decoder.messages(
            message.label_selector, message.n_label_selector, "label_selector")
    }
}

package struct ListSandboxes: CRIMessage {
    package var filter: SandboxFilter?

    package init(filter: SandboxFilter? = nil) {
        self.filter = filter
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ListPodSandboxRequest>?) -> Void
    {
        runtime__v1__list_pod_sandbox_request__init
    }
    package static var messageName: String { "ListPodSandboxRequest" }

    package func write(
        to message: inout Runtime__V1__ListPodSandboxRequest, _ encoder: Encoder
    ) throws(WireError) {
        if let filter { message.filter = try encoder.message(filter) }
    }

    package init(
        reading message: Runtime__V1__ListPodSandboxRequest, _ decoder: Decoder
    ) throws(WireError) {
        filter =
            message.filter == nil ? nil : try decoder.message(message.filter, "filter")
    }
}

package struct SandboxItem: CRIMessage {
    package var id: String
    package var metadata: SandboxMetadata?
    package var state: SandboxState
    /// Nanoseconds since 1970.
    package var createdAt: Int64
    package var labels: [Pair]
    package var annotations: [Pair]

    package init(
        id: String = "", metadata: SandboxMetadata? = nil, state: SandboxState = .ready,
        createdAt: Int64 = 0, labels: [Pair] = [], annotations: [Pair] = []
    ) {
        self.id = id
        self.metadata = metadata
        self.state = state
        self.createdAt = createdAt
        self.labels = labels
        self.annotations = annotations
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__PodSandbox>?) -> Void {
        runtime__v1__pod_sandbox__init
    }
    package static var messageName: String { "PodSandbox" }

    package func write(
        to message: inout Runtime__V1__PodSandbox, _ encoder: Encoder
    ) throws(WireError) {
        message.id = try encoder.string(id, "id")
        if let metadata { message.metadata = try encoder.message(metadata) }
        message.state.rawValue = state.rawValue
        message.created_at = createdAt
        message.n_labels = labels.count
        message.labels = try encoder.messages(labels)
        message.n_annotations = annotations.count
        message.annotations = try encoder.messages(annotations)
    }

    package init(reading message: Runtime__V1__PodSandbox, _ decoder: Decoder) throws(WireError) {
        id = try decoder.string(message.id, "id")
        metadata =
            message.metadata == nil ? nil : try decoder.message(message.metadata, "metadata")
        state = SandboxState(rawValue: message.state.rawValue) ?? .notReady
        createdAt = message.created_at
        labels = try decoder.messages(
            message.labels, message.n_labels, "labels")
        annotations = try decoder.messages(
            message.annotations, message.n_annotations, "annotations")
    }
}

package struct SandboxList: CRIMessage {
    package var items: [SandboxItem]

    package init(items: [SandboxItem] = []) {
        self.items = items
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ListPodSandboxResponse>?) -> Void
    {
        runtime__v1__list_pod_sandbox_response__init
    }
    package static var messageName: String { "ListPodSandboxResponse" }

    package func write(
        to message: inout Runtime__V1__ListPodSandboxResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.n_items = items.count
        message.items = try encoder.messages(items)
    }

    package init(
        reading message: Runtime__V1__ListPodSandboxResponse, _ decoder: Decoder
    ) throws(WireError) {
        items = try decoder.messages(
            message.items, message.n_items, "items")
    }
}
