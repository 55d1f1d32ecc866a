import CProtobufC
import CWire
import Model

// Output of containers that is read.

extension LogRequest: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__LogRequest>?) -> Void {
        muster__v1__log_request__init
    }
    static var messageName: String { "LogRequest" }

    func write(to message: inout Muster__V1__LogRequest, _ encoder: Encoder) throws(WireError) {
        message.id = try encoder.identifier(id)
        message.task = try encoder.identifier(order.task)
        message.container = try encoder.string(order.container ?? "", "log container")
        if let since = order.since {
            message.has_since_case = MUSTER__V1__LOG_REQUEST__HAS_SINCE_SINCE
            message.since = since
        }
        if let until = order.until {
            message.has_until_case = MUSTER__V1__LOG_REQUEST__HAS_UNTIL_UNTIL
            message.until = until
        }
        if let tail = order.tail {
            message.has_tail_case = MUSTER__V1__LOG_REQUEST__HAS_TAIL_TAIL
            message.tail = tail
        }
        message.follow = order.follows ? 1 : 0
    }

    init(reading message: Muster__V1__LogRequest, _ decoder: Decoder) throws(WireError) {
        let container = try decoder.string(message.container, "log container")
        var order = LogOrder(
            task: try decoder.identifier(message.task, "log task"),
            container: container.isEmpty ? nil : container, follows: message.follow != 0)
        // A oneof's union holds a value only when its case is set.
        if message.has_since_case.rawValue != 0 { order.since = message.since }
        if message.has_until_case.rawValue != 0 { order.until = message.until }
        if message.has_tail_case.rawValue != 0 { order.tail = message.tail }
        self.init(id: try decoder.identifier(message.id, "log id"), order: order)
    }
}

/// The payload of ``LogOutput/opening(_:_:)``.
struct LogOpening: Message {
    var session: SessionID
    var logs: LogID

    static var initialize: (UnsafeMutablePointer<Muster__V1__LogOpening>?) -> Void {
        muster__v1__log_opening__init
    }
    static var messageName: String { "LogOpening" }

    func write(to message: inout Muster__V1__LogOpening, _ encoder: Encoder) throws(WireError) {
        message.session = try encoder.identifier(session)
        message.logs = try encoder.identifier(logs)
    }
}

extension LogOpening {
    init(reading message: Muster__V1__LogOpening, _ decoder: Decoder) throws(WireError) {
        self.init(
            session: try decoder.identifier(message.session, "session"),
            logs: try decoder.identifier(message.logs, "logs"))
    }
}

/// The payload of ``LogOutput/entries(_:)``.
struct LogEntries: Message {
    var entries: [LogEntry]

    static var initialize: (UnsafeMutablePointer<Muster__V1__LogEntries>?) -> Void {
        muster__v1__log_entries__init
    }
    static var messageName: String { "LogEntries" }

    func write(to message: inout Muster__V1__LogEntries, _ encoder: Encoder) throws(WireError) {
        message.n_entries = entries.count
        message.entries = try encoder.messages(entries)
    }
}

extension LogEntries {
    init(reading message: Muster__V1__LogEntries, _ decoder: Decoder) throws(WireError) {
        guard message.n_entries <= LogOutput.entriesMaximum else {
            throw .invalid(
                field: "log entries",
                problem: "are \(message.n_entries), more than \(LogOutput.entriesMaximum)")
        }
        self.init(
            entries: try decoder.messages(message.entries, message.n_entries, "log entries"))
    }
}

extension LogEntry: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__LogEntry>?) -> Void {
        muster__v1__log_entry__init
    }
    static var messageName: String { "LogEntry" }

    func write(to message: inout Muster__V1__LogEntry, _ encoder: Encoder) throws(WireError) {
        message.time = time
        message.container = try encoder.string(container, "log container")
        message.is_error = isError ? 1 : 0
        message.text = try encoder.bytes(text)
    }

    init(reading message: Muster__V1__LogEntry, _ decoder: Decoder) throws(WireError) {
        guard message.text.len <= LogEntry.textMaximum else {
            throw .invalid(
                field: "log text",
                problem: "has \(message.text.len) bytes, more than \(LogEntry.textMaximum)")
        }
        self.init(
            time: message.time,
            container: try decoder.string(message.container, "log container"),
            isError: message.is_error != 0, text: decoder.bytes(message.text))
    }
}

extension LogOutput: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__LogOutput>?) -> Void {
        muster__v1__log_output__init
    }
    static var messageName: String { "LogOutput" }

    func write(to message: inout Muster__V1__LogOutput, _ encoder: Encoder) throws(WireError) {
        switch self {
        case .opening(let session, let logs):
            message.output_case = MUSTER__V1__LOG_OUTPUT__OUTPUT_OPENING
            message.opening = try encoder.message(LogOpening(session: session, logs: logs))
        case .entries(let entries):
            message.output_case = MUSTER__V1__LOG_OUTPUT__OUTPUT_ENTRIES
            message.entries = try encoder.message(LogEntries(entries: entries))
        case .caughtUp:
            message.output_case = MUSTER__V1__LOG_OUTPUT__OUTPUT_CAUGHT_UP
            message.caught_up = 1
        case .failed(let text):
            message.output_case = MUSTER__V1__LOG_OUTPUT__OUTPUT_FAILURE
            message.failure = try encoder.string(text, "failure")
        case .unknown: break
        }
    }

    init(reading message: Muster__V1__LogOutput, _ decoder: Decoder) throws(WireError) {
        switch message.output_case {
        case MUSTER__V1__LOG_OUTPUT__OUTPUT_OPENING:
            let opening: LogOpening = try decoder.message(message.opening, "opening")
            self = .opening(opening.session, opening.logs)
        case MUSTER__V1__LOG_OUTPUT__OUTPUT_ENTRIES:
            let payload: LogEntries = try decoder.message(message.entries, "entries")
            self = .entries(payload.entries)
        case MUSTER__V1__LOG_OUTPUT__OUTPUT_CAUGHT_UP: self = .caughtUp
        case MUSTER__V1__LOG_OUTPUT__OUTPUT_FAILURE:
            self = .failed(try decoder.string(message.failure, "failure"))
        default: self = .unknown
        }
    }
}
