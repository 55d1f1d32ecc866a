import CWire
import Model

// A task's protection from scale-in, asked for by one of its containers.

extension ProtectTask: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ProtectTaskRequest>?) -> Void {
        muster__v1__protect_task_request__init
    }
    static var messageName: String { "ProtectTaskRequest" }

    func write(
        to message: inout Muster__V1__ProtectTaskRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.session = try encoder.identifier(session)
        message.task = try encoder.identifier(task)
        if let change { message.change = try encoder.message(change) }
    }

    init(reading message: Muster__V1__ProtectTaskRequest, _ decoder: Decoder) throws(WireError) {
        self.init(
            session: try decoder.identifier(message.session, "session"),
            task: try decoder.identifier(message.task, "protected task"))
        if message.change != nil { change = try decoder.message(message.change, "change") }
    }
}

extension TaskProtectionChange: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__TaskProtectionChange>?) -> Void {
        muster__v1__task_protection_change__init
    }
    static var messageName: String { "TaskProtectionChange" }

    func write(
        to message: inout Muster__V1__TaskProtectionChange, _ encoder: Encoder
    ) throws(WireError) {
        message.enabled = isEnabled ? 1 : 0
        if let minutes {
            message.has_minutes_case =
                MUSTER__V1__TASK_PROTECTION_CHANGE__HAS_MINUTES_MINUTES
            message.minutes = try encoder.amount(minutes, "minutes")
        }
    }

    init(
        reading message: Muster__V1__TaskProtectionChange, _ decoder: Decoder
    ) throws(WireError) {
        let hasMinutes = message.has_minutes_case.rawValue != 0
        self.init(
            isEnabled: message.enabled != 0,
            minutes: hasMinutes ? Int(message.minutes) : nil)
    }
}

/// The payload of ``TaskProtectionAnswer/protected(until:)``.
private struct ProtectionState: Message {
    var until: WallTime?

    static var initialize: (UnsafeMutablePointer<Muster__V1__TaskProtectionState>?) -> Void {
        muster__v1__task_protection_state__init
    }
    static var messageName: String { "TaskProtectionState" }

    init(until: WallTime?) {
        self.until = until
    }

    func write(
        to message: inout Muster__V1__TaskProtectionState, _ encoder: Encoder
    ) throws(WireError) {
        guard let until else { return }
        message.has_until_case = MUSTER__V1__TASK_PROTECTION_STATE__HAS_UNTIL_UNTIL
        message.until = until.milliseconds
    }

    init(
        reading message: Muster__V1__TaskProtectionState, _ decoder: Decoder
    ) throws(WireError) {
        guard message.has_until_case.rawValue != 0 else { return }
        until = try decoder.wallTime(message.until, "until")
    }
}

/// The payload of ``TaskProtectionAnswer/failure(reason:detail:)``.
private struct ProtectionFailure: Message {
    var reason: String
    var detail: String

    static var initialize: (UnsafeMutablePointer<Muster__V1__TaskProtectionFailure>?) -> Void {
        muster__v1__task_protection_failure__init
    }
    static var messageName: String { "TaskProtectionFailure" }

    init(reason: String, detail: String) {
        self.reason = reason
        self.detail = detail
    }

    func write(
        to message: inout Muster__V1__TaskProtectionFailure, _ encoder: Encoder
    ) throws(WireError) {
        message.reason = try encoder.string(reason, "protection reason")
        message.detail = try encoder.string(detail, "protection detail")
    }

    init(
        reading message: Muster__V1__TaskProtectionFailure, _ decoder: Decoder
    ) throws(WireError) {
        reason = try decoder.string(message.reason, "protection reason")
        detail = try decoder.string(message.detail, "protection detail")
    }
}

extension TaskProtectionAnswer: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__ProtectTaskResponse>?) -> Void {
        muster__v1__protect_task_response__init
    }
    static var messageName: String { "ProtectTaskResponse" }

    func write(
        to message: inout Muster__V1__ProtectTaskResponse, _ encoder: Encoder
    ) throws(WireError) {
        switch self {
        case .protected(let until):
            message.answer_case = MUSTER__V1__PROTECT_TASK_RESPONSE__ANSWER_PROTECTION
            message.protection = try encoder.message(ProtectionState(until: until))
        case .failure(let reason, let detail):
            message.answer_case = MUSTER__V1__PROTECT_TASK_RESPONSE__ANSWER_FAILURE
            message.failure = try encoder.message(
                ProtectionFailure(reason: reason, detail: detail))
        }
    }

    init(reading message: Muster__V1__ProtectTaskResponse, _ decoder: Decoder) throws(WireError) {
        switch message.answer_case {
        case MUSTER__V1__PROTECT_TASK_RESPONSE__ANSWER_PROTECTION:
            let state: ProtectionState = try decoder.message(message.protection, "protection")
            self = .protected(until: state.until)
        case MUSTER__V1__PROTECT_TASK_RESPONSE__ANSWER_FAILURE:
            let failure: ProtectionFailure = try decoder.message(message.failure, "failure")
            self = .failure(reason: failure.reason, detail: failure.detail)
        default: throw .invalid(field: "answer", problem: "is missing")
        }
    }
}
