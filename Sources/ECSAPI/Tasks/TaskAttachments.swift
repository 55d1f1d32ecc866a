import Model

/// The network interface that ECS shows of a task in network mode awsvpc. Here it stands for the
/// task's address on its worker's container network.
struct TaskAttachment {
    let id: String
    let address: String

    /// `nil` for a task without an address of its own, and before it has one.
    init?(of task: ECSTask) {
        guard let address = task.containers.lazy.compactMap(\.address).first else { return nil }
        self.address = address
        let digits = Array(task.id.description)
        var id = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { id.append("-") }
            id.append(digit)
        }
        self.id = id
    }

    var rendered: ECS.Attachment {
        let interface = "eni-" + id.filter { $0 != "-" }.prefix(17)
        return ECS.Attachment(
            id: id, type: "ElasticNetworkInterface", status: "ATTACHED",
            details: [
                ECS.KeyValuePair(name: "networkInterfaceId", value: interface),
                ECS.KeyValuePair(name: "privateIPv4Address", value: address),
            ])
    }

    var interface: ECS.NetworkInterface {
        ECS.NetworkInterface(attachmentId: id, privateIpv4Address: address)
    }
}
