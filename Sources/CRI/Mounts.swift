package import CWire
package import Wire

// What of the host a container sees, and what it may do beside others.

package struct HostMount: CRIMessage {
    package var containerPath: String
    package var hostPath: String
    package var isReadOnly: Bool

    package init(containerPath: String = "", hostPath: String = "", isReadOnly: Bool = false) {
        self.containerPath = containerPath
        self.hostPath = hostPath
        self.isReadOnly = isReadOnly
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Mount>?) -> Void {
        runtime__v1__mount__init
    }
    package static var messageName: String { "Mount" }

    package func write(
        to message: inout Runtime__V1__Mount, _ encoder: Encoder
    ) throws(WireError) {
        message.container_path = try encoder.string(containerPath, "container_path")
        message.host_path = try encoder.string(hostPath, "host_path")
        message.readonly = isReadOnly ? 1 : 0
    }

    package init(reading message: Runtime__V1__Mount, _ decoder: Decoder) throws(WireError) {
        containerPath = try decoder.string(message.container_path, "container_path")
        hostPath = try decoder.string(message.host_path, "host_path")
        isReadOnly = message.readonly != 0
    }
}

package struct HostDevice: CRIMessage {
    package var containerPath: String
    package var hostPath: String
    /// Some of the letters `r`, `w` and `m`.
    package var permissions: String

    package init(containerPath: String = "", hostPath: String = "", permissions: String = "") {
        self.containerPath = containerPath
        self.hostPath = hostPath
        self.permissions = permissions
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Device>?) -> Void {
        runtime__v1__device__init
    }
    package static var messageName: String { "Device" }

    package func write(
        to message: inout Runtime__V1__Device, _ encoder: Encoder
    ) throws(WireError) {
        message.container_path = try encoder.string(containerPath, "container_path")
        message.host_path = try encoder.string(hostPath, "host_path")
        message.permissions = try encoder.string(permissions, "permissions")
    }

    package init(reading message: Runtime__V1__Device, _ decoder: Decoder) throws(WireError) {
        containerPath = try decoder.string(message.container_path, "container_path")
        hostPath = try decoder.string(message.host_path, "host_path")
        permissions = try decoder.string(message.permissions, "permissions")
    }
}

/// What root in a container may do, changed from what it may by itself.
package struct Capabilities: CRIMessage {
    /// Names without `CAP_`, or `ALL`.
    package var added: [String]
    package var dropped: [String]

    package init(added: [String] = [], dropped: [String] = []) {
        self.added = added
        self.dropped = dropped
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Capability>?) -> Void {
        runtime__v1__capability__init
    }
    package static var messageName: String { "Capability" }

    package func write(
        to message: inout Runtime__V1__Capability, _ encoder: Encoder
    ) throws(WireError) {
        message.n_add_capabilities = added.count
        message.add_capabilities = try encoder.strings(added, "add_capabilities")
        message.n_drop_capabilities = dropped.count
        message.drop_capabilities = try encoder.strings(dropped, "drop_capabilities")
    }

    package init(reading message: Runtime__V1__Capability, _ decoder: Decoder) throws(WireError) {
        added = try decoder.strings(
            message.add_capabilities, message.n_add_capabilities, "add_capabilities")
        dropped = try decoder.strings(
            message.drop_capabilities, message.n_drop_capabilities, "drop_capabilities")
    }
}
