import Model

// Heartbeats, reports and timers of a session.
extension WorkerCore {
    // MARK: Timers

    /// When the link wants to be looked at.
    var linkDeadlines: [Instant] {
        switch link {
        case .none, .saving: return []
        case .waiting(let until): return [until]
        case .joining(_, let deadline), .connecting(_, let deadline): return [deadline]
        case .registering(_, let attempt): return [attempt.deadline]
        case .holding(_, let hold): return [hold.until]
        case .registered(let session):
            var deadlines = [session.heartbeat?.deadline ?? session.nextHeartbeat]
            if let leaving = session.leaving { deadlines.append(leaving.at) }
            if let reporting = session.reporting {
                deadlines.append(reporting.deadline)
            } else if let held = session.reportsHeldUntil, !outbox.isEmpty {
                deadlines.append(held)
            }
            if let renewal = session.renewal { deadlines.append(renewal.deadline) }
            if let reopen = session.assignments.reopenAt { deadlines.append(reopen) }
            // A closing worker takes nothing from the stream.
            if stage == .working, let due = session.assignments.due { deadlines.append(due) }
            return deadlines
        }
    }

    mutating func runLinkTimers(at moment: Moment, into effects: inout EffectBuffer) {
        let now = moment.monotonic
        switch link {
        case .none, .saving: return
        case .waiting(let until):
            if until <= now { connect(at: moment, into: &effects) }
        case .joining(_, let deadline):
            if deadline <= now { silent("give a certificate", at: now, into: &effects) }
        case .connecting(_, let deadline):
            if deadline <= now { silent("accept the connection", at: now, into: &effects) }
        case .registering(_, let attempt):
            if attempt.deadline <= now {
                silent("answer the registration", at: now, into: &effects)
            }
        case .holding(let id, let hold):
            if hold.until <= now {
                register(on: id, after: hold.refusals, at: now, into: &effects)
            }
        case .registered(let session):
            if let leaving = session.leaving, leaving.at <= now {
                go(to: leaving.manager, at: moment, into: &effects)
            } else if let heartbeat = session.heartbeat, heartbeat.deadline <= now {
                silent("answer a heartbeat", at: now, into: &effects)
            } else if let reporting = session.reporting, reporting.deadline <= now {
                silent("store a report", at: now, into: &effects)
            } else {
                beatIfDue(at: now, into: &effects)
                lookAfterAssignments(session.assignments, at: now, into: &effects)
                renewCertificate(at: moment, into: &effects)
            }
        }
    }

    private mutating func lookAfterAssignments(
        _ stream: AssignmentStream, at now: Instant, into effects: inout EffectBuffer
    ) {
        if let reopen = stream.reopenAt, reopen <= now {
            openAssignments(at: now, into: &effects)
        } else if stage == .working, let due = stream.due, due <= now {
            reopenAssignments(
                because: "the complete set did not come in time", at: now, into: &effects)
        }
    }

    private mutating func renewCertificate(at now: Moment, into effects: inout EffectBuffer) {
        if case .registered(let session) = link, let renewal = session.renewal,
            renewal.deadline <= now.monotonic
        {
            let refusal = WorkerRefusal(.unavailable, "the manager did not answer in time")
            renewalFailed(refusal, at: now.monotonic, into: &effects)
        }
        renewCertificateIfDue(at: now, into: &effects)
    }

    private mutating func silent(
        _ what: String, at now: Instant, into effects: inout EffectBuffer
    ) {
        let refusal = WorkerRefusal(.unavailable, "the manager did not \(what) in time")
        complain(refusal, at: now, into: &effects)
        drop(at: now, into: &effects)
    }

    // MARK: Heartbeats

    /// One heartbeat is in flight at a time: over one connection a second could not overtake it.
    private mutating func beatIfDue(at now: Instant, into effects: inout EffectBuffer) {
        guard case .registered(var session) = link, session.heartbeat == nil,
            session.nextHeartbeat <= now
        else { return }
        let call = nextCall()
        session.sequence += 1
        session.heartbeat = Session.Beat(
            call: call, sentAt: now, deadline: now + .milliseconds(session.settings.lease))
        let period = session.settings.period
        let jitter = Int64(random.next() % UInt64(period / 5 + 1))
        session.nextHeartbeat = now + .milliseconds(period - period / 10 + jitter)
        let heartbeat = Heartbeat(
            session: session.id, sequence: session.sequence,
            acknowledged: session.assignments.acknowledged)
        effects.append(.heartbeat(call, on: session.link, heartbeat))
        link = .registered(session)
    }

    mutating func heartbeatAnswered(_ call: CallID) {
        guard case .registered(var session) = link, let beat = session.heartbeat,
            beat.call == call
        else { return }
        renewed(bySending: beat.sentAt, session.settings)
        session.heartbeat = nil
        session.heartbeatsAnswered += 1
        if session.isProven {
            backoff.reset()
            quickReturns = 0
        }
        link = .registered(session)
    }

    // MARK: Reports

    mutating func tellDroppedReports(into effects: inout EffectBuffer) {
        guard outbox.dropped > toldDropped else { return }
        toldDropped = outbox.dropped
        effects.append(
            .diagnose(
                Diagnostic(
                    .error, "the outbox is full; the oldest reports are dropped",
                    [Diagnostic.Fact("dropped", String(outbox.dropped))])))
    }

    mutating func sendReports(at now: Instant, into effects: inout EffectBuffer) {
        guard case .registered(var session) = link, session.reporting == nil, !outbox.isEmpty,
            (session.reportsHeldUntil ?? now) <= now
        else { return }
        let (reports, receipts) = outbox.batch(batchMaximum)
        let call = nextCall()
        session.reportsHeldUntil = nil
        session.reporting = Session.Reporting(
            call: call, receipts: receipts, deadline: now + settings.reportTimeout)
        effects.append(.report(call, on: session.link, session.id, reports))
        link = .registered(session)
    }

    mutating func reportAnswered(_ call: CallID) {
        guard case .registered(var session) = link, let reporting = session.reporting,
            reporting.call == call
        else { return }
        outbox.acknowledge(reporting.receipts)
        batchMaximum = min(batchMaximum * 2, settings.reportBatchMaximum)
        reportBackoff.reset()
        session.reporting = nil
        link = .registered(session)
    }

    /// A batch that is refused is halved, so that what the manager can't take is found; a single
    /// report that it calls invalid is given up, lest it hold up all others.
    private mutating func reportFailed(
        _ refusal: WorkerRefusal, at now: Instant, into effects: inout EffectBuffer
    ) {
        guard case .registered(var session) = link, let reporting = session.reporting else {
            return
        }
        if refusal.code == .invalidArgument, reporting.receipts.count == 1 {
            outbox.acknowledge(reporting.receipts)
            effects.append(
                .diagnose(
                    Diagnostic(
                        .error, "the manager refuses a task's report; it is given up",
                        [
                            Diagnostic.Fact("task", "\(reporting.receipts[0].task)"),
                            Diagnostic.Fact("reason", refusal.message),
                        ])))
        } else {
            effects.append(
                .diagnose(
                    Diagnostic(
                        .warning,
                        "the manager did not take a batch of reports; trying a smaller one",
                        [Diagnostic.Fact("reason", refusal.message)])))
        }
        batchMaximum = max(1, reporting.receipts.count / 2)
        session.reporting = nil
        // Halving comes to an end by itself; a manager at its bounds is asked ever more seldom.
        if refusal.code != .exhausted { reportBackoff.reset() }
        session.reportsHeldUntil = now + reportBackoff.pause(using: &random)
        link = .registered(session)
    }

    // MARK: Failures

    mutating func failed(
        _ call: CallID, _ refusal: WorkerRefusal, at now: Instant,
        into effects: inout EffectBuffer
    ) {
        switch link {
        case .none, .waiting, .joining, .connecting, .holding, .saving: return
        case .registering(_, let attempt):
            if attempt.call == call { registrationFailed(refusal, at: now, into: &effects) }
        case .registered(let session):
            if session.heartbeat?.call == call {
                heartbeatFailed(refusal, at: now, into: &effects)
            } else if session.reporting?.call == call {
                if isSessionLost(refusal, at: now, into: &effects) { return }
                reportFailed(refusal, at: now, into: &effects)
            } else if session.renewal?.call == call {
                renewalFailed(refusal, at: now, into: &effects)
            } else if session.assignments.call == call {
                if isRefused(refusal) { return giveWay(to: refusal, at: now, into: &effects) }
                if refusal.code == .staleSession { return renew(at: now, into: &effects) }
                reopenAssignments(because: refusal.message, at: now, into: &effects)
            }
        }
    }

    private mutating func heartbeatFailed(
        _ refusal: WorkerRefusal, at now: Instant, into effects: inout EffectBuffer
    ) {
        if isSessionLost(refusal, at: now, into: &effects) { return }
        guard case .registered(var session) = link else { return }
        complain(refusal, at: now, into: &effects)
        session.heartbeat = nil
        link = .registered(session)
    }

    private func isRefused(_ refusal: WorkerRefusal) -> Bool {
        refusal.code == .unauthenticated || refusal.code == .permissionDenied
    }

    /// Acts on a refusal that ends the session, if it is one.
    private mutating func isSessionLost(
        _ refusal: WorkerRefusal, at now: Instant, into effects: inout EffectBuffer
    ) -> Bool {
        switch refusal.code {
        case .staleSession, .notFound, .alreadyExists:
            renew(at: now, into: &effects)
            return true
        case .unavailable:
            complain(refusal, at: now, into: &effects)
            drop(staying: true, at: now, into: &effects)
            return true
        case .unauthenticated, .permissionDenied:
            giveWay(to: refusal, at: now, into: &effects)
            return true
        case .exhausted, .invalidArgument: return false
        }
    }
}
