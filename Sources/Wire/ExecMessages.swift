import CProtobufC
import CWire
import Model

// Commands that are run in containers.

extension ExecRequest: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ExecRequest>?) -> Void {
        muster__v1__exec_request__init
    }
    static var messageName: String { "ExecRequest" }

    func write(to message: inout Muster__V1__ExecRequest, _ encoder: Encoder) throws(WireError) {
        message.id = try encoder.identifier(id)
        message.task = try encoder.identifier(order.task)
        message.container = try encoder.string(order.container, "exec container")
        message.n_command = order.command.count
        message.command = try encoder.strings(order.command, "exec command")
        message.takes_input = order.takesInput ? 1 : 0
        if let terminal = order.terminal { message.terminal = try encoder.message(terminal) }
    }

    init(reading message: Muster__V1__ExecRequest, _ decoder: Decoder) throws(WireError) {
        var order = ExecOrder(
            task: try decoder.identifier(message.task, "exec task"),
            container: try decoder.string(message.container, "exec container"),
            command: try decoder.strings(message.command, message.n_command, "exec command"),
            takesInput: message.takes_input != 0)
        if message.terminal != nil {
            order.terminal = try decoder.message(message.terminal, "exec terminal")
        }
        if let problem = order.problem { throw .invalid(field: "exec command", problem: problem) }
        self.init(id: try decoder.identifier(message.id, "exec id"), order: order)
    }
}

extension ExecTerminal: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ExecTerminal>?) -> Void {
        muster__v1__exec_terminal__init
    }
    static var messageName: String { "ExecTerminal" }

    func write(to message: inout Muster__V1__ExecTerminal, _ encoder: Encoder) throws(WireError) {
        message.type = try encoder.string(type, "terminal type")
        message.size = try encoder.message(size)
    }

    init(reading message: Muster__V1__ExecTerminal, _ decoder: Decoder) throws(WireError) {
        let type = try decoder.string(message.type, "terminal type")
        guard !type.isEmpty else { throw .invalid(field: "terminal type", problem: "is empty") }
        self.init(type: type, size: try decoder.message(message.size, "terminal size"))
    }
}

extension TerminalSize: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__TerminalSize>?) -> Void {
        muster__v1__terminal_size__init
    }
    static var messageName: String { "TerminalSize" }

    func write(to message: inout Muster__V1__TerminalSize, _ encoder: Encoder) throws(WireError) {
        message.columns = UInt32(columns)
        message.rows = UInt32(rows)
    }

    init(reading message: Muster__V1__TerminalSize, _ decoder: Decoder) throws(WireError) {
        guard let columns = UInt16(exactly: message.columns),
            let rows = UInt16(exactly: message.rows)
        else {
            throw .invalid(
                field: "terminal size",
                problem: "is \(message.columns) by \(message.rows), over 65535")
        }
        self.init(columns: columns, rows: rows)
    }
}

/// The payload of ``ExecOutput/opening(_:_:)``.
struct ExecOpening: Message {
    var session: SessionID
    var exec: ExecID

    static var initialize: (UnsafeMutablePointer<Muster__V1__ExecOpening>?) -> Void {
        muster__v1__exec_opening__init
    }
    static var messageName: String { "ExecOpening" }

    func write(to message: inout Muster__V1__ExecOpening, _ encoder: Encoder) throws(WireError) {
        message.session = try encoder.identifier(session)
        message.exec = try encoder.identifier(exec)
    }
}

extension ExecOpening {
    init(reading message: Muster__V1__ExecOpening, _ decoder: Decoder) throws(WireError) {
        self.init(
            session: try decoder.identifier(message.session, "session"),
            exec: try decoder.identifier(message.exec, "exec"))
    }
}

extension ExecOutput: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ExecOutput>?) -> Void {
        muster__v1__exec_output__init
    }
    static var messageName: String { "ExecOutput" }

    func write(to message: inout Muster__V1__ExecOutput, _ encoder: Encoder) throws(WireError) {
        switch self {
        case .opening(let session, let exec):
            message.output_case = MUSTER__V1__EXEC_OUTPUT__OUTPUT_OPENING
            message.opening = try encoder.message(ExecOpening(session: session, exec: exec))
        case .started:
            message.output_case = MUSTER__V1__EXEC_OUTPUT__OUTPUT_STARTED
            message.started = 1
        case .standardOutput(let bytes):
            message.output_case = MUSTER__V1__EXEC_OUTPUT__OUTPUT_STANDARD_OUTPUT
            message.standard_output = try encoder.bytes(bytes)
        case .standardError(let bytes):
            message.output_case = MUSTER__V1__EXEC_OUTPUT__OUTPUT_STANDARD_ERROR
            message.standard_error = try encoder.bytes(bytes)
        case .exited(let code):
            message.output_case = MUSTER__V1__EXEC_OUTPUT__OUTPUT_EXIT_CODE
            message.exit_code = code
        case .failed(let text):
            message.output_case = MUSTER__V1__EXEC_OUTPUT__OUTPUT_FAILURE
            message.failure = try encoder.string(text, "failure")
        case .unknown: break
        }
    }

    init(reading message: Muster__V1__ExecOutput, _ decoder: Decoder) throws(WireError) {
        switch message.output_case {
        case MUSTER__V1__EXEC_OUTPUT__OUTPUT_OPENING:
            let opening: ExecOpening = try decoder.message(message.opening, "opening")
            self = .opening(opening.session, opening.exec)
        case MUSTER__V1__EXEC_OUTPUT__OUTPUT_STARTED:
            self = .started
        case MUSTER__V1__EXEC_OUTPUT__OUTPUT_STANDARD_OUTPUT:
            self = .standardOutput(try decoder.execData(message.standard_output, "output"))
        case MUSTER__V1__EXEC_OUTPUT__OUTPUT_STANDARD_ERROR:
            self = .standardError(try decoder.execData(message.standard_error, "output"))
        case MUSTER__V1__EXEC_OUTPUT__OUTPUT_EXIT_CODE:
            self = .exited(message.exit_code)
        case MUSTER__V1__EXEC_OUTPUT__OUTPUT_FAILURE:
            self = .failed(try decoder.string(message.failure, "failure"))
        default:
            self = .unknown
        }
    }
}

extension ExecInput: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ExecInput>?) -> Void {
        muster__v1__exec_input__init
    }
    static var messageName: String { "ExecInput" }

    func write(to message: inout Muster__V1__ExecInput, _ encoder: Encoder) throws(WireError) {
        switch self {
        case .data(let bytes):
            message.input_case = MUSTER__V1__EXEC_INPUT__INPUT_DATA
            message.data = try encoder.bytes(bytes)
        case .end:
            message.input_case = MUSTER__V1__EXEC_INPUT__INPUT_END
            message.end = 1
        case .resize(let size):
            message.input_case = MUSTER__V1__EXEC_INPUT__INPUT_RESIZE
            message.resize = try encoder.message(size)
        case .unknown: break
        }
    }

    init(reading message: Muster__V1__ExecInput, _ decoder: Decoder) throws(WireError) {
        switch message.input_case {
        case MUSTER__V1__EXEC_INPUT__INPUT_DATA:
            self = .data(try decoder.execData(message.data, "input"))
        case MUSTER__V1__EXEC_INPUT__INPUT_END:
            self = .end
        case MUSTER__V1__EXEC_INPUT__INPUT_RESIZE:
            self = .resize(try decoder.message(message.resize, "resize"))
        default:
            self = .unknown
        }
    }
}

extension Decoder {
    /// A piece of what goes to a command or comes of it.
    fileprivate func execData(
        _ data: ProtobufCBinaryData, _ field: String
    ) throws(WireError) -> [UInt8] {
        guard data.len <= ExecInput.dataMaximum else {
            throw .invalid(
                field: field,
                problem: "has \(data.len) bytes, more than \(ExecInput.dataMaximum)")
        }
        return bytes(data)
    }
}
