import CWire
import Model

// What a manager wants a worker to run.

extension AssignmentUpdate: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__AssignmentsResponse>?) -> Void {
        muster__v1__assignments_response__init
    }
    static var messageName: String { "AssignmentsResponse" }

    func write(
        to message: inout Muster__V1__AssignmentsResponse, _ encoder: Encoder
    ) throws(WireError) {
        switch self {
        case .complete(let revision, let assignments, let more):
            message.update_case = MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_COMPLETE
            message.complete = try encoder.message(
                AssignmentSet(revision: revision, assignments: assignments, more: more))
        case .changes(let appliesTo, let revision, let changes):
            message.update_case = MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_CHANGES
            message.changes = try encoder.message(
                AssignmentChanges(appliesTo: appliesTo, revision: revision, changes: changes))
        case .heartbeat(let settings):
            message.update_case = MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_HEARTBEAT
            message.heartbeat = try encoder.message(settings)
        case .redirect(let redirect):
            message.update_case = MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_REDIRECT
            message.redirect = try encoder.message(redirect)
        case .exec(let request):
            message.update_case = MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_EXEC
            message.exec = try encoder.message(request)
        case .logs(let request):
            message.update_case = MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_LOGS
            message.logs = try encoder.message(request)
        case .unknown: break
        }
    }

    init(reading message: Muster__V1__AssignmentsResponse, _ decoder: Decoder) throws(WireError) {
        switch message.update_case {
        case MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_COMPLETE:
            let set: AssignmentSet = try decoder.message(message.complete, "complete")
            self = .complete(revision: set.revision, set.assignments, more: set.more)
        case MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_CHANGES:
            let set: AssignmentChanges = try decoder.message(message.changes, "changes")
            self = .changes(appliesTo: set.appliesTo, revision: set.revision, set.changes)
        case MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_HEARTBEAT:
            self = .heartbeat(try decoder.message(message.heartbeat, "heartbeat"))
        case MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_REDIRECT:
            self = .redirect(try decoder.message(message.redirect, "redirect"))
        case MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_EXEC:
            self = .exec(try decoder.message(message.exec, "exec"))
        case MUSTER__V1__ASSIGNMENTS_RESPONSE__UPDATE_LOGS:
            self = .logs(try decoder.message(message.logs, "logs"))
        default:
            self = .unknown
        }
    }
}

extension Redirect: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__Redirect>?) -> Void {
        muster__v1__redirect__init
    }
    static var messageName: String { "Redirect" }

    func write(to message: inout Muster__V1__Redirect, _ encoder: Encoder) throws(WireError) {
        message.manager = try encoder.string(manager, "manager")
        message.within = try encoder.amount(within, "within")
    }

    init(reading message: Muster__V1__Redirect, _ decoder: Decoder) throws(WireError) {
        let manager = try decoder.string(message.manager, "manager")
        guard !manager.isEmpty else { throw .invalid(field: "manager", problem: "is empty") }
        self.init(manager: manager, within: Int64(message.within))
    }
}

/// The payload of ``AssignmentUpdate/complete(revision:_:more:)``.
struct AssignmentSet: Message {
    var revision: UInt64
    var assignments: [Assignment]
    var more: Bool

    static var initialize: (UnsafeMutablePointer<Muster__V1__AssignmentSet>?) -> Void {
        muster__v1__assignment_set__init
    }
    static var messageName: String { "AssignmentSet" }

    func write(to message: inout Muster__V1__AssignmentSet, _ encoder: Encoder) throws(WireError) {
        message.revision = revision
        message.n_assignments = assignments.count
        message.assignments = try encoder.messages(assignments)
        message.more = more ? 1 : 0
    }
}

extension AssignmentSet {
    init(reading message: Muster__V1__AssignmentSet, _ decoder: Decoder) throws(WireError) {
        self.init(
            revision: message.revision,
            assignments: try decoder.messages(
                message.assignments, message.n_assignments, "assignments"),
            more: message.more != 0)
    }
}

/// The payload of ``AssignmentUpdate/changes(appliesTo:revision:_:)``.
struct AssignmentChanges: Message {
    var appliesTo: UInt64
    var revision: UInt64
    var changes: [AssignmentChange]

    static var initialize: (UnsafeMutablePointer<Muster__V1__AssignmentChanges>?) -> Void {
        muster__v1__assignment_changes__init
    }
    static var messageName: String { "AssignmentChanges" }

    func write(
        to message: inout Muster__V1__AssignmentChanges, _ encoder: Encoder
    ) throws(WireError) {
        message.applies_to = appliesTo
        message.revision = revision
        message.n_changes = changes.count
        message.changes = try encoder.messages(changes)
    }
}

extension AssignmentChanges {
    init(reading message: Muster__V1__AssignmentChanges, _ decoder: Decoder) throws(WireError) {
        self.init(
            appliesTo: message.applies_to, revision: message.revision,
            changes: try decoder.messages(message.changes, message.n_changes, "changes"))
    }
}

extension AssignmentChange: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__AssignmentChange>?) -> Void {
        muster__v1__assignment_change__init
    }
    static var messageName: String { "AssignmentChange" }

    func write(
        to message: inout Muster__V1__AssignmentChange, _ encoder: Encoder
    ) throws(WireError) {
        switch self {
        case .put(let assignment):
            message.change_case = MUSTER__V1__ASSIGNMENT_CHANGE__CHANGE_PUT
            message.put = try encoder.message(assignment)
        case .forget(let task):
            message.change_case = MUSTER__V1__ASSIGNMENT_CHANGE__CHANGE_FORGET
            message.forget = try encoder.identifier(task)
        }
    }

    init(reading message: Muster__V1__AssignmentChange, _ decoder: Decoder) throws(WireError) {
        switch message.change_case {
        case MUSTER__V1__ASSIGNMENT_CHANGE__CHANGE_PUT:
            self = .put(try decoder.message(message.put, "put"))
        case MUSTER__V1__ASSIGNMENT_CHANGE__CHANGE_FORGET:
            self = .forget(try decoder.identifier(message.forget, "forget"))
        default:
            throw .invalid(field: "change", problem: "is missing or of an unknown kind")
        }
    }
}

extension Assignment: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__Assignment>?) -> Void {
        muster__v1__assignment__init
    }
    static var messageName: String { "Assignment" }

    func write(to message: inout Muster__V1__Assignment, _ encoder: Encoder) throws(WireError) {
        message.task = try encoder.message(spec)
        message.desired.rawValue = desired.wireNumber
    }

    init(reading message: Muster__V1__Assignment, _ decoder: Decoder) throws(WireError) {
        self.init(
            spec: try decoder.message(message.task, "task"),
            desired: try decoder.enumeration(message.desired.rawValue, "desired"))
    }
}
