package import CWire
package import Wire

// What containers and sandboxes use, in cumulative numbers. CRI's many small messages are flat
// here.

extension Encoder {
    /// A message of C's without any field set.
    fileprivate func empty<C>(
        _ initialize: (UnsafeMutablePointer<C>?) -> Void
    ) throws(WireError) -> UnsafeMutablePointer<C> {
        let memory = try allocate(C.self, 1)
        initialize(memory)
        return memory
    }

    fileprivate func subject(
        _ id: String
    ) throws(WireError) -> UnsafeMutablePointer<Runtime__V1__StatsSubject> {
        let subject = try empty(runtime__v1__stats_subject__init)
        subject.pointee.id = try string(id, "id")
        return subject
    }

    fileprivate func number(
        _ value: UInt64?
    ) throws(WireError) -> UnsafeMutablePointer<Runtime__V1__Number>? {
        guard let value else { return nil }
        return try message(Number(value: Int64(bitPattern: value)))
    }
}

extension UnsafeMutablePointer<Runtime__V1__Number> {
    /// CRI's number has no sign where it is used here.
    fileprivate var amount: UInt64 { UInt64(bitPattern: pointee.value) }
}

package struct ListContainerStats: CRIMessage {
    /// Those that whatever is told of carries.
    package var labels: [Pair]

    package init(labels: [Pair] = []) {
        self.labels = labels
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ListContainerStatsRequest>?) -> Void
    {
        runtime__v1__list_container_stats_request__init
    }
    package static var messageName: String { "ListContainerStatsRequest" }

    package func write(
        to message: inout Runtime__V1__ListContainerStatsRequest, _ encoder: Encoder
    ) throws(WireError) {
        let filter = try encoder.empty(runtime__v1__container_stats_filter__init)
        filter.pointee.n_label_selector = labels.count
        filter.pointee.label_selector = try encoder.messages(labels)
        message.filter = filter
    }

    package init(
        reading message: Runtime__V1__ListContainerStatsRequest, _ decoder: Decoder
    ) throws(WireError) {
        guard let filter = message.filter?.pointee else {
            labels = []
            return
        }
        labels = try decoder.messages(
            filter.label_selector, filter.n_label_selector, "label_selector")
    }
}

package struct ContainerStat: CRIMessage {
    package var id: String
    /// Nanoseconds of CPU time; `nil` where there is none to tell.
    package var cpuTime: UInt64?
    /// Bytes, without what the kernel only caches.
    package var memory: UInt64?

    package init(id: String = "", cpuTime: UInt64? = nil, memory: UInt64? = nil) {
        self.id = id
        self.cpuTime = cpuTime
        self.memory = memory
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ContainerStats>?) -> Void {
        runtime__v1__container_stats__init
    }
    package static var messageName: String { "ContainerStats" }

    package func write(
        to message: inout Runtime__V1__ContainerStats, _ encoder: Encoder
    ) throws(WireError) {
        message.attributes = try encoder.subject(id)
        let cpu = try encoder.empty(runtime__v1__cpu_usage__init)
        cpu.pointee.usage_core_nano_seconds = try encoder.number(cpuTime)
        message.cpu = cpu
        let memory = try encoder.empty(runtime__v1__memory_usage__init)
        memory.pointee.working_set_bytes = try encoder.number(self.memory)
        message.memory = memory
    }

    package init(
        reading message: Runtime__V1__ContainerStats, _ decoder: Decoder
    ) throws(WireError) {
        id = try decoder.string(message.attributes?.pointee.id, "id")
        cpuTime = message.cpu?.pointee.usage_core_nano_seconds?.amount
        memory = message.memory?.pointee.working_set_bytes?.amount
    }
}

package struct ContainerStatList: CRIMessage {
    package var items: [ContainerStat]

    package init(items: [ContainerStat] = []) {
        self.items = items
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ListContainerStatsResponse>?) -> Void
    {
        runtime__v1__list_container_stats_response__init
    }
    package static var messageName: String { "ListContainerStatsResponse" }

    package func write(
        to message: inout Runtime__V1__ListContainerStatsResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.n_stats = items.count
        message.stats = try encoder.messages(items)
    }

    package init(
        reading message: Runtime__V1__ListContainerStatsResponse, _ decoder: Decoder
    ) throws(WireError) {
        items = try decoder.messages(message.stats, message.n_stats, "stats")
    }
}

package struct ListSandboxStats: CRIMessage {
    /// Those that whatever is told of carries.
    package var labels: [Pair]

    package init(labels: [Pair] = []) {
        self.labels = labels
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ListPodSandboxStatsRequest>?) -> Void
    {
        runtime__v1__list_pod_sandbox_stats_request__init
    }
    package static var messageName: String { "ListPodSandboxStatsRequest" }

    package func write(
        to message: inout Runtime__V1__ListPodSandboxStatsRequest, _ encoder: Encoder
    ) throws(WireError) {
        let filter = try encoder.empty(runtime__v1__pod_sandbox_stats_filter__init)
        filter.pointee.n_label_selector = labels.count
        filter.pointee.label_selector = try encoder.messages(labels)
        message.filter = filter
    }

    package init(
        reading message: Runtime__V1__ListPodSandboxStatsRequest, _ decoder: Decoder
    ) throws(WireError) {
        guard let filter = message.filter?.pointee else {
            labels = []
            return
        }
        labels = try decoder.messages(
            filter.label_selector, filter.n_label_selector, "label_selector")
    }
}

package struct SandboxStat: CRIMessage {
    package var id: String
    /// Bytes over its interface; `nil` where it has none of its own.
    package var received: UInt64?
    package var sent: UInt64?

    package init(id: String = "", received: UInt64? = nil, sent: UInt64? = nil) {
        self.id = id
        self.received = received
        self.sent = sent
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__PodSandboxStats>?) -> Void {
        runtime__v1__pod_sandbox_stats__init
    }
    package static var messageName: String { "PodSandboxStats" }

    package func write(
        to message: inout Runtime__V1__PodSandboxStats, _ encoder: Encoder
    ) throws(WireError) {
        message.attributes = try encoder.subject(id)
        let interface = try encoder.empty(runtime__v1__network_interface_usage__init)
        interface.pointee.rx_bytes = try encoder.number(received)
        interface.pointee.tx_bytes = try encoder.number(sent)
        let network = try encoder.empty(runtime__v1__network_usage__init)
        network.pointee.default_interface = interface
        let linux = try encoder.empty(runtime__v1__linux_pod_sandbox_stats__init)
        linux.pointee.network = network
        message.linux_stats = linux
    }

    package init(
        reading message: Runtime__V1__PodSandboxStats, _ decoder: Decoder
    ) throws(WireError) {
        id = try decoder.string(message.attributes?.pointee.id, "id")
        let interface = message.linux_stats?.pointee.network?.pointee.default_interface?.pointee
        received = interface?.rx_bytes?.amount
        sent = interface?.tx_bytes?.amount
    }
}

package struct SandboxStatList: CRIMessage {
    package var items: [SandboxStat]

    package init(items: [SandboxStat] = []) {
        self.items = items
    }

    package static var initialize:
        (UnsafeMutablePointer<Runtime__V1__ListPodSandboxStatsResponse>?) -> Void
    {
        runtime__v1__list_pod_sandbox_stats_response__init
    }
    package static var messageName: String { "ListPodSandboxStatsResponse" }

    package func write(
        to message: inout Runtime__V1__ListPodSandboxStatsResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.n_stats = items.count
        message.stats = try encoder.messages(items)
    }

    package init(
        reading message: Runtime__V1__ListPodSandboxStatsResponse, _ decoder: Decoder
    ) throws(WireError) {
        items = try decoder.messages(message.stats, message.n_stats, "stats")
    }
}
