package import CWire
package import Wire

// Programs that are run in a container besides.

package struct ExecSync: CRIMessage {
    package var container: String
    package var command: [String]
    /// Seconds.
    package var timeout: Int64

    package init(container: String = "", command: [String] = [], timeout: Int64 = 0) {
        self.container = container
        self.command = command
        self.timeout = timeout
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ExecSyncRequest>?) -> Void {
        runtime__v1__exec_sync_request__init
    }
    package static var messageName: String { "ExecSyncRequest" }

    package func write(
        to message: inout Runtime__V1__ExecSyncRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.n_cmd = command.count
        message.cmd = try encoder.strings(command, "cmd")
        message.timeout = timeout
    }

    package init(
        reading message: Runtime__V1__ExecSyncRequest, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        command = try decoder.strings(message.cmd, message.n_cmd, "cmd")
        timeout = message.timeout
    }
}

package struct ExecSyncAnswer: CRIMessage {
    package var exitCode: Int32

    package init(exitCode: Int32 = 0) {
        self.exitCode = exitCode
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ExecSyncResponse>?) -> Void {
        runtime__v1__exec_sync_response__init
    }
    package static var messageName: String { "ExecSyncResponse" }

    package func write(
        to message: inout Runtime__V1__ExecSyncResponse, _ encoder: Encoder
    ) throws(WireError) {
        message.exit_code = exitCode
    }

    package init(
        reading message: Runtime__V1__ExecSyncResponse, _ decoder: Decoder
    ) throws(WireError) {
        exitCode = message.exit_code
    }
}
