import ManagerCore
import Model

/// The worker protocol's server, as `Manager` has it: what is answered at once and what the core is
/// asked.
extension World {
    /// A message came to the manager's process.
    func managerReceives(_ message: Message, on number: Int) {
        guard let process = manager.process else { return }
        switch message {
        case .hello: send(.accepted, on: number, .toWorker)
        case .heartbeat(let call, let heartbeat): hear(call, heartbeat, on: number)
        case .register(let call, let registration):
            process.sessions.opened(number)
            let caller = process.add(.register(connection: number, call))
            if !post(.register(caller, registration)) {
                reach(.registrationTurnedAway)
                process.leases.turnedAway(at: managerMoment.monotonic)
                _ = process.take(caller)
                refuse(call, Self.full, on: number)
            }
        case .report(let call, let session, let reports):
            guard check(session, call, on: number) else { return }
            let caller = process.add(.report(connection: number, call, session, reports))
            if !post(.report(caller, session, reports)) {
                _ = process.take(caller)
                refuse(call, Self.full, on: number)
            }
        case .open(let call, let session):
            guard check(session, call, on: number) else { return }
            if process.leases.renew(session, at: managerMoment.monotonic) {
                checker.heard(session, at: now)
            }
            process.sessions.opening(session)
            let stream = SimulatedStream(connection: number, call: call)
            let caller = process.add(.assignments(stream, session))
            if !post(.openAssignments(caller, session)) {
                _ = process.take(caller)
                process.sessions.answered(session)
                refuse(call, Self.full, on: number)
            }
        case .closed:
            connections[number]?.isOpenAtManager = false
            for session in process.sessions.closed(number) { lose(session) }
        case .accepted, .registered, .heard, .reported, .refused, .update: return
        }
    }

    /// The manager's end of a connection is gone without a word from the other.
    func managerLosesConnection(_ number: Int) {
        guard connections[number]?.isOpenAtManager == true else { return }
        managerReceives(.closed, on: number)
    }

    private static let full = WorkerRefusal(
        .exhausted, "the manager is overloaded; try again later on this connection")
    private static let stale = WorkerRefusal(
        .staleSession, "this session is not the worker's current one; register again")

    private func hear(_ call: WorkerCall, _ heartbeat: Heartbeat, on number: Int) {
        guard let process = manager.process else { return }
        coreEvents += 1
        let hearing = process.sessions.heard(
            heartbeat.session, on: number, acknowledged: heartbeat.acknowledged)
        switch hearing {
        case .heard(let stuck):
            if stuck != nil { reach(.stuckStreamEnded) }
            end(
                stuck, WorkerRefusal(.unavailable, "assignments are not acknowledged; open again"))
        case .deaf:
            reach(.deafSessionRefused)
            process.leases.sentBack(heartbeat.session)
            return refuse(call, Self.stale, on: number)
        case .refused(.elsewhere):
            return refuse(call, Self.elsewhere, on: number)
        case .refused:
            reach(.staleHeartbeatRefused)
            return refuse(call, Self.stale, on: number)
        }
        guard process.leases.renew(heartbeat.session, at: managerMoment.monotonic) else {
            reach(.staleHeartbeatRefused)
            return refuse(call, Self.stale, on: number)
        }
        checker.heard(heartbeat.session, at: now)
        send(.heard(call), on: number, .toWorker)
    }

    private static let elsewhere = WorkerRefusal(
        .permissionDenied, "this session was registered on another connection, which is open")

    /// Refuses a call unless its connection registered the session that it names.
    private func check(_ session: SessionID, _ call: WorkerCall, on number: Int) -> Bool {
        switch manager.process?.sessions.hold(of: session, on: number) {
        case .held: return true
        case .elsewhere:
            refuse(call, Self.elsewhere, on: number)
        case .some(.none), nil:
            reach(.staleCallRefused)
            refuse(call, Self.stale, on: number)
        }
        return false
    }

    /// A session's connection is gone: its lease is cut, and the core knows that its agent may come
    /// back as another process.
    private func lose(_ session: SessionID) {
        manager.process?.leases.cut(session, at: managerMoment.monotonic)
        checker.leaseCut(session, at: now)
        _ = post(.disconnected(session), isExempt: true)
    }

    func answer(_ reply: EffectBuffer.WorkerReply) {
        guard let process = manager.process else { return }
        switch (process.take(reply.call), reply.result) {
        case (.register(let number, let call), .success(.registered(let registered))):
            checker.registered(registered, at: now)
            reach(.workerRegistered)
            if !process.sessions.bind(registered.session, to: number) {
                reach(.registeredOnClosedConnection)
                lose(registered.session)
            }
            send(.registered(call, registered), on: number, .toWorker)
        case (.report(let number, let call, let session, let reports), .success):
            checker.reported(session, reports, at: now)
            send(.reported(call), on: number, .toWorker)
        case (.assignments(let stream, let session), .success):
            process.sessions.answered(session)
            // The stream's call may have ended with its connection.
            guard connections[stream.connection]?.isOpenAtManager == true else { return }
            end(
                process.sessions.attach(stream, to: session),
                WorkerRefusal(.unavailable, "the session opened another assignments stream"))
        case (.register(let number, let call), .failure(let refusal)),
            (.report(let number, let call, _, _), .failure(let refusal)):
            if refusal.code == .staleSession { reach(.staleReportRefused) }
            refuse(call, refusal, on: number)
        case (.assignments(let stream, let session), .failure(let refusal)):
            process.sessions.answered(session)
            end(stream, refusal)
        case (.register, .success), (.request, _), (nil, _): break
        }
    }

    /// Puts a message on a session's stream. A worker that reads too slowly loses its stream, opens
    /// another and starts from the complete set.
    func carryOut(_ send: EffectBuffer.Send) {
        guard let process = manager.process,
            let stream = process.sessions.stream(of: send.session)
        else { return }
        let waiting = connections[stream.connection]?.pipes[Direction.toWorker.rawValue].messages
        // What may wait holds a complete set at least, else a worker could never have one.
        if let waiting, waiting.count >= plan.streamMaximum, send.update.isChange {
            reach(.streamOverflowed)
            end(
                process.sessions.detach(send.session),
                WorkerRefusal(.exhausted, "assignments are read too slowly"))
            return
        }
        self.send(.update(stream.call, send.update), on: stream.connection, .toWorker)
        if let revision = send.update.acknowledgedRevision {
            process.sessions.sent(revision, on: send.session)
        }
    }

    func end(_ stream: SimulatedStream?, _ refusal: WorkerRefusal) {
        guard let stream else { return }
        refuse(stream.call, refusal, on: stream.connection)
    }

    func refuse(_ call: WorkerCall, _ refusal: WorkerRefusal, on number: Int) {
        send(.refused(call, refusal), on: number, .toWorker)
    }
}

extension AssignmentUpdate {
    fileprivate var isChange: Bool {
        if case .changes = self { return true }
        return false
    }

    /// What the worker acknowledges once it has taken the message over.
    var acknowledgedRevision: UInt64? {
        switch self {
        case .complete(let revision, _, let more): more ? nil : revision
        case .changes(_, let revision, _): revision
        case .heartbeat, .redirect, .exec, .logs, .unknown: nil
        }
    }
}
