import Model

// A worker that did not run itself, frozen or starved, can't say that its manager was silent.
extension WorkerCore {
    /// A wake that is later than this was not the timer's fault.
    static let lateness = Duration.milliseconds(250)
    /// What has come in the meantime is read within this time.
    static let grace = Duration.milliseconds(500)
    /// A manager that is gone must be found out also by a worker that is always late.
    static let forgivenessInterval = Duration.seconds(30)

    /// Puts off the deadlines of answers that passed meanwhile, for a moment: they may be there
    /// already, behind what is handled first.
    mutating func forgive(at now: Instant) {
        if let forgivenAt, now - forgivenAt < Self.forgivenessInterval { return }
        forgivenAt = now
        let until = now + Self.grace
        switch link {
        case .none, .waiting, .holding, .saving: return
        case .joining(let id, let deadline): link = .joining(id, deadline: max(deadline, until))
        case .connecting(let id, let deadline):
            link = .connecting(id, deadline: max(deadline, until))
        case .registering(let id, var attempt):
            attempt.deadline = max(attempt.deadline, until)
            link = .registering(id, attempt)
        case .registered(var session):
            session.heartbeat?.deadline.putOff(to: until)
            session.reporting?.deadline.putOff(to: until)
            session.renewal = session.renewal.map { ($0.call, max($0.deadline, until)) }
            session.assignments.due?.putOff(to: until)
            link = .registered(session)
        }
    }
}

extension Instant {
    fileprivate mutating func putOff(to other: Instant) {
        self = max(self, other)
    }
}
