import Model
import Wire
import WorkerCore

/// A call as the worker's core numbers it.
typealias WorkerCall = CallID

enum Direction: Int, Sendable {
    case toManager, toWorker
}

/// What goes over a worker's connection.
enum Message: Sendable {
    // To the manager.
    case hello
    case register(WorkerCall, Registration)
    case heartbeat(WorkerCall, Heartbeat)
    case report(WorkerCall, SessionID, [TaskReport])
    case open(WorkerCall, SessionID)

    // To the worker.
    case accepted
    case registered(WorkerCall, Registered)
    case heard(WorkerCall)
    case reported(WorkerCall)
    case refused(WorkerCall, WorkerRefusal)
    case update(WorkerCall, AssignmentUpdate)

    /// Either side is gone.
    case closed

    /// Calls and their answers, which a proxy may lose, repeat and reorder. A stream keeps its
    /// order.
    var isUnary: Bool {
        switch self {
        case .register, .heartbeat, .report, .registered, .heard, .reported: true
        case .hello, .open, .accepted, .refused, .update, .closed: false
        }
    }

    /// A short name for the log.
    var name: String {
        switch self {
        case .hello: "hello"
        case .register: "Register"
        case .heartbeat: "Heartbeat"
        case .report(_, _, let reports): "ReportStatus(\(reports.count))"
        case .open: "Assignments"
        case .accepted: "accepted"
        case .registered(_, let answer): "registered(epoch \(answer.epoch))"
        case .heard: "heard"
        case .reported: "reported"
        case .refused(_, let refusal): "refused(\(refusal.code))"
        case .update(_, .complete(let revision, let list, _)):
            "complete(\(revision), \(list.count))"
        case .update(_, .changes(_, let revision, let list)): "changes(\(revision), \(list.count))"
        case .update: "update"
        case .closed: "closed"
        }
    }

    /// The message as the other side reads it from the wire.
    ///
    /// - Returns: `nil` when it can't be encoded, or reads as something else.
    func throughTheWire() -> Message? {
        do throws(WireError) {
            switch self {
            case .register(let call, let value):
                let read = try WireCodec.decodeRegistration(try WireCodec.encode(value))
                return read == value ? .register(call, read) : nil
            case .heartbeat(let call, let value):
                let read = try WireCodec.decodeHeartbeat(try WireCodec.encode(value))
                return read == value ? .heartbeat(call, read) : nil
            case .report(let call, let session, let reports):
                let report = StatusReport(session: session, tasks: reports)
                let read = try WireCodec.decodeStatusReport(try WireCodec.encode(report))
                return read == report ? .report(call, read.session, read.tasks) : nil
            case .registered(let call, let value):
                let read = try WireCodec.decodeRegistered(try WireCodec.encode(value))
                return read == value ? .registered(call, read) : nil
            case .update(let call, let value):
                let read = try WireCodec.decodeAssignmentUpdate(try WireCodec.encode(value))
                return read == value ? .update(call, read) : nil
            case .hello, .open, .accepted, .heard, .reported, .refused, .closed: return self
            }
        } catch {
            return nil
        }
    }
}
