import Logging
import ManagerCore
import Model
import RPC
import Synchronization
import Wire

/// The worker protocol's server. Handlers run on network loops and never block.
extension ManagerNode {
    var workerMethods: [RPCMethod] {
        [
            .unary(
                WorkerService.heartbeat,
                inline: { [self] request, _ throws(RPCError) in
                    try heartbeat(request)
                }),
            .unary(
                WorkerService.register,
                deferred: { [self] request, context, reply in
                    register(request, context, reply)
                }),
            .unary(
                WorkerService.reportStatus,
                deferred: { [self] request, _, reply in
                    report(request, reply)
                }),
            .serverStream(WorkerService.assignments) { [self] request, _, writer in
                openAssignments(request, writer)
            },
        ]
    }

    private func heartbeat(_ request: RawSpan) throws(RPCError) -> [UInt8] {
        let heartbeat: Heartbeat
        do {
            heartbeat = try WireCodec.decodeHeartbeat(request)
        } catch {
            throw RPCError(.invalidArgument, "\(error)")
        }
        guard sessions.heard(heartbeat.session, acknowledged: heartbeat.acknowledged) else {
            throw RPCError(
                .failedPrecondition,
                "this session has had no assignments stream for \(SessionTable.deafBeatsMaximum) "
                    + "heartbeats; register again")
        }
        guard leases.withLock({ $0.renew(heartbeat.session, at: Clocks.monotonic) }) else {
            throw RPCError(
                .failedPrecondition,
                "this session is not the worker's current one; register again")
        }
        return WireCodec.acknowledgement
    }

    private func register(_ request: [UInt8], _ context: RPCContext, _ reply: RPCReply) {
        do {
            let registration = try WireCodec.decodeRegistration(request)
            sessions.opened(context.connection)
            let caller = Caller.register(reply, context.connection)
            guard let call = callers.add(caller) else { return turnAway(caller, Self.stopping) }
            if !post(.register(call, registration)) { turnAway(callers.take(call), Self.full) }
        } catch {
            reply.fail(RPCError(.invalidArgument, "\(error)"))
        }
    }

    private func report(_ request: [UInt8], _ reply: RPCReply) {
        do {
            let report = try WireCodec.decodeStatusReport(request)
            let caller = Caller.report(reply)
            guard let call = callers.add(caller) else { return turnAway(caller, Self.stopping) }
            if !post(.report(call, report.session, report.tasks)) {
                turnAway(callers.take(call), Self.full)
            }
        } catch {
            reply.fail(RPCError(.invalidArgument, "\(error)"))
        }
    }

    private func openAssignments(_ request: [UInt8], _ writer: RPCStreamWriter) {
        do {
            let session = try WireCodec.decodeAssignmentsRequest(request).session
            let caller = Caller.assignments(writer, session)
            guard let call = callers.add(caller) else { return turnAway(caller, Self.stopping) }
            if !post(.openAssignments(call, session)) { turnAway(callers.take(call), Self.full) }
        } catch {
            writer.finish(RPCStatus(.invalidArgument, "\(error)"))
        }
    }

    private static let stopping = RPCStatus(
        .unavailable, "the manager is stopping; try again, or another")
    /// The worker keeps its connection: a new one would only add to the load.
    private static let full = RPCStatus(
        .resourceExhausted, "the manager is overloaded; try again later on this connection")

    /// The worker keeps what it has and tries again.
    private func turnAway(_ caller: Caller?, _ status: RPCStatus) {
        switch caller {
        case .register(let reply, _), .report(let reply): reply.fail(RPCError(status))
        case .assignments(let writer, _): writer.finish(status)
        case .api, nil: break
        }
    }

    func connectionClosed(_ connection: ConnectionID) {
        for session in sessions.closed(connection) { lose(session) }
    }

    /// A session's connection is gone: its lease is cut, and the core knows that its agent may come
    /// back as another process.
    private func lose(_ session: SessionID) {
        leases.withLock { $0.cut(session, at: Clocks.monotonic) }
        _ = post(.disconnected(session), isExempt: true)
    }

    func answer(_ reply: EffectBuffer.WorkerReply) {
        switch (callers.take(reply.call), reply.result) {
        case (.register(let answer, let connection), .success(.registered(let registered))):
            if !sessions.bind(registered.session, to: connection) { lose(registered.session) }
            do {
                answer.succeed(try WireCodec.encode(registered))
            } catch {
                answer.fail(RPCError(.internalError, "\(error)"))
            }
        case (.report(let answer), .success):
            answer.succeed(WireCodec.acknowledgement)
        case (.assignments(let writer, let session), .success):
            sessions.attach(writer, to: session)
            writer.onTermination { [self] in sessions.ended(writer, of: session) }
        case (.register(let answer, _), .failure(let refusal)),
            (.report(let answer), .failure(let refusal)):
            answer.fail(RPCError(refusal.status))
        case (.assignments(let writer, _), .failure(let refusal)):
            writer.finish(refusal.status)
        case (.api, _), (.register, .success), (nil, _): break
        }
    }

    /// Puts a message on a session's stream. A worker that reads too slowly loses its stream, opens
    /// another and starts from the complete set.
    func carryOut(_ send: EffectBuffer.Send) {
        guard let writer = sessions.stream(of: send.session) else { return }
        let status: RPCStatus
        do {
            switch writer.send(try WireCodec.encode(send.update)) {
            case .accepted:
                if let revision = send.update.revision {
                    sessions.sent(revision, on: send.session)
                }
                return
            case .ended: return
            case .overflow:
                status = RPCStatus(.resourceExhausted, "assignments are read too slowly")
            }
        } catch {
            status = RPCStatus(.internalError, "\(error)")
        }
        logger.warning(
            "assignments stream ended",
            metadata: ["session": "\(send.session)", "why": "\(status.message)"])
        sessions.detach(send.session)?.finish(status)
    }
}

extension AssignmentUpdate {
    /// What the worker acknowledges once it has taken the message over.
    fileprivate var revision: UInt64? {
        switch self {
        case .complete(let revision, _, let more): more ? nil : revision
        case .changes(_, let revision, _): revision
        case .heartbeat, .redirect, .unknown: nil
        }
    }
}

extension WorkerRefusal {
    fileprivate var status: RPCStatus {
        RPCStatus(RPCStatus.Code(rawValue: code.statusCode) ?? .unknown, message)
    }
}
