package import CWire
package import Wire

// Commands that are run in a container with pipes of ours: containerd's own calls.

package struct StoredContainer: CRIMessage {
    package var id: String
    /// The OCI runtime's specification of it, as JSON.
    package var spec: AnyMessage?

    package init(id: String = "", spec: AnyMessage? = nil) {
        self.id = id
        self.spec = spec
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Tasks__V1__StoredContainer>?) -> Void
    {
        containerd__services__tasks__v1__stored_container__init
    }
    package static var messageName: String { "StoredContainer" }

    package func write(
        to message: inout Containerd__Services__Tasks__V1__StoredContainer, _ encoder: Encoder
    ) throws(WireError) {
        message.id = try encoder.string(id, "id")
        if let spec { message.spec = try encoder.message(spec) }
    }

    package init(
        reading message: Containerd__Services__Tasks__V1__StoredContainer, _ decoder: Decoder
    ) throws(WireError) {
        id = try decoder.string(message.id, "id")
        spec = message.spec == nil ? nil : try decoder.message(message.spec, "spec")
    }
}

package struct GetContainerAnswer: CRIMessage {
    package var container: StoredContainer?

    package init(container: StoredContainer? = nil) {
        self.container = container
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Tasks__V1__GetContainerAnswer>?) -> Void
    {
        containerd__services__tasks__v1__get_container_answer__init
    }
    package static var messageName: String { "GetContainerAnswer" }

    package func write(
        to message: inout Containerd__Services__Tasks__V1__GetContainerAnswer, _ encoder: Encoder
    ) throws(WireError) {
        if let container { message.container = try encoder.message(container) }
    }

    package init(
        reading message: Containerd__Services__Tasks__V1__GetContainerAnswer, _ decoder: Decoder
    ) throws(WireError) {
        container =
            message.container == nil ? nil : try decoder.message(message.container, "container")
    }
}

/// One that was run in a container besides, by an id of ours.
package struct ProcessName: CRIMessage {
    package var container: String
    package var process: String

    package init(container: String = "", process: String = "") {
        self.container = container
        self.process = process
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Tasks__V1__ProcessName>?) -> Void
    {
        containerd__services__tasks__v1__process_name__init
    }
    package static var messageName: String { "ProcessName" }

    package func write(
        to message: inout Containerd__Services__Tasks__V1__ProcessName, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.exec_id = try encoder.string(process, "exec_id")
    }

    package init(
        reading message: Containerd__Services__Tasks__V1__ProcessName, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        process = try decoder.string(message.exec_id, "exec_id")
    }
}

/// A process's pid, or its exit status.
package struct ProcessNumber: CRIMessage {
    package var number: UInt32

    package init(number: UInt32 = 0) {
        self.number = number
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Tasks__V1__ProcessNumber>?) -> Void
    {
        containerd__services__tasks__v1__process_number__init
    }
    package static var messageName: String { "ProcessNumber" }

    package func write(
        to message: inout Containerd__Services__Tasks__V1__ProcessNumber, _ encoder: Encoder
    ) throws(WireError) {
        message.number = number
    }

    package init(
        reading message: Containerd__Services__Tasks__V1__ProcessNumber, _ decoder: Decoder
    ) throws(WireError) {
        number = message.number
    }
}

package struct ExecProcess: CRIMessage {
    package var container: String
    package var process: String
    /// Path of a named pipe; empty is none. So are the next.
    package var input: String
    package var output: String
    package var errors: String
    package var hasTerminal: Bool
    /// The OCI runtime's specification of a process, as JSON.
    package var spec: AnyMessage?

    package init(
        container: String = "", process: String = "", input: String = "", output: String = "",
        errors: String = "", hasTerminal: Bool = false, spec: AnyMessage? = nil
    ) {
        self.container = container
        self.process = process
        self.input = input
        self.output = output
        self.errors = errors
        self.hasTerminal = hasTerminal
        self.spec = spec
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Tasks__V1__ExecProcess>?) -> Void
    {
        containerd__services__tasks__v1__exec_process__init
    }
    package static var messageName: String { "ExecProcess" }

    package func write(
        to message: inout Containerd__Services__Tasks__V1__ExecProcess, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.exec_id = try encoder.string(process, "exec_id")
        message.stdin = try encoder.string(input, "stdin")
        message.stdout = try encoder.string(output, "stdout")
        message.stderr = try encoder.string(errors, "stderr")
        message.terminal = hasTerminal ? 1 : 0
        if let spec { message.spec = try encoder.message(spec) }
    }

    package init(
        reading message: Containerd__Services__Tasks__V1__ExecProcess, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        process = try decoder.string(message.exec_id, "exec_id")
        input = try decoder.string(message.stdin, "stdin")
        output = try decoder.string(message.stdout, "stdout")
        errors = try decoder.string(message.stderr, "stderr")
        hasTerminal = message.terminal != 0
        spec = message.spec == nil ? nil : try decoder.message(message.spec, "spec")
    }
}

package struct KillProcess: CRIMessage {
    package var container: String
    package var process: String
    package var signal: UInt32

    package init(container: String = "", process: String = "", signal: UInt32 = 0) {
        self.container = container
        self.process = process
        self.signal = signal
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Tasks__V1__KillProcess>?) -> Void
    {
        containerd__services__tasks__v1__kill_process__init
    }
    package static var messageName: String { "KillProcess" }

    package func write(
        to message: inout Containerd__Services__Tasks__V1__KillProcess, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.exec_id = try encoder.string(process, "exec_id")
        message.signal = signal
    }

    package init(
        reading message: Containerd__Services__Tasks__V1__KillProcess, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        process = try decoder.string(message.exec_id, "exec_id")
        signal = message.signal
    }
}

package struct ResizeTerminal: CRIMessage {
    package var container: String
    package var process: String
    /// In characters.
    package var width: UInt32
    package var height: UInt32

    package init(
        container: String = "", process: String = "", width: UInt32 = 0, height: UInt32 = 0
    ) {
        self.container = container
        self.process = process
        self.width = width
        self.height = height
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Tasks__V1__ResizeTerminal>?) -> Void
    {
        containerd__services__tasks__v1__resize_terminal__init
    }
    package static var messageName: String { "ResizeTerminal" }

    package func write(
        to message: inout Containerd__Services__Tasks__V1__ResizeTerminal, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.exec_id = try encoder.string(process, "exec_id")
        message.width = width
        message.height = height
    }

    package init(
        reading message: Containerd__Services__Tasks__V1__ResizeTerminal, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        process = try decoder.string(message.exec_id, "exec_id")
        width = message.width
        height = message.height
    }
}

package struct CloseInput: CRIMessage {
    package var container: String
    package var process: String
    package var input: Bool

    package init(container: String = "", process: String = "", input: Bool = true) {
        self.container = container
        self.process = process
        self.input = input
    }

    package static var initialize:
        (UnsafeMutablePointer<Containerd__Services__Tasks__V1__CloseInput>?) -> Void
    {
        containerd__services__tasks__v1__close_input__init
    }
    package static var messageName: String { "CloseInput" }

    package func write(
        to message: inout Containerd__Services__Tasks__V1__CloseInput, _ encoder: Encoder
    ) throws(WireError) {
        message.container_id = try encoder.string(container, "container_id")
        message.exec_id = try encoder.string(process, "exec_id")
        message.stdin = input ? 1 : 0
    }

    package init(
        reading message: Containerd__Services__Tasks__V1__CloseInput, _ decoder: Decoder
    ) throws(WireError) {
        container = try decoder.string(message.container_id, "container_id")
        process = try decoder.string(message.exec_id, "exec_id")
        input = message.stdin != 0
    }
}
