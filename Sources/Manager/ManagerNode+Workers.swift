import ClusterState
import HashTreeCollections
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
                WorkerService.join,
                deferred: { [self] request, context, reply in
                    join(request, context, reply)
                }),
            .unary(
                WorkerService.renew,
                deferred: { [self] request, context, reply in
                    renew(request, context, reply)
                }),
            .unary(
                WorkerService.heartbeat,
                inline: { [self] request, context throws(RPCError) in
                    try heartbeat(request, context)
                }),
            .unary(
                WorkerService.register,
                deferred: { [self] request, context, reply in
                    register(request, context, reply)
                }),
            .unary(
                WorkerService.reportStatus,
                deferred: { [self] request, context, reply in
                    report(request, context, reply)
                }),
            .unary(
                WorkerService.reportUsage,
                deferred: { [self] request, context, reply in
                    takeUsage(request, context, reply)
                }),
            .unary(
                WorkerService.protectTask,
                deferred: { [self] request, context, reply in
                    protectTask(request, context, reply)
                }),
            .serverStream(WorkerService.assignments) { [self] request, context, writer in
                openAssignments(request, context, writer)
            },
            .stream(WorkerService.exec) { [self] requests, context, writer throws(RPCError) in
                try await carryCommand(requests, context, writer)
            },
            .stream(WorkerService.logs) { [self] requests, context, _ throws(RPCError) in
                try await carryLogs(requests, context)
            },
        ]
    }

    private func heartbeat(
        _ request: RawSpan, _ context: RPCContext
    ) throws(RPCError) -> [UInt8] {
        do throws(WorkerRefusal) {
            try checkCertificate(context)
            let heartbeat: Heartbeat
            do {
                heartbeat = try WireCodec.decodeHeartbeat(request)
            } catch {
                throw WorkerRefusal(.invalidArgument, context.undecodable(error).message)
            }
            try hear(heartbeat, context)
            return WireCodec.acknowledgement
        } catch {
            throw RPCError(error.status)
        }
    }

    private func hear(_ heartbeat: Heartbeat, _ context: RPCContext) throws(WorkerRefusal) {
        let hearing = sessions.heard(
            heartbeat.session, on: context.connection, acknowledged: heartbeat.acknowledged)
        switch hearing {
        case .heard: break
        case .deaf:
            leases.withLock { $0.sentBack(heartbeat.session) }
            throw WorkerRefusal(
                .staleSession,
                "this session has had no assignments stream for \(SessionTable.deafBeatsMaximum) "
                    + "heartbeats; register again")
        case .refused(let hold): try check(hold, context)
        }
        if !leases.withLock({ $0.renew(heartbeat.session, at: Clocks.monotonic) }) {
            try check(.none, context)
        }
    }

    private func register(_ request: [UInt8], _ context: RPCContext, _ reply: RPCReply) {
        do throws(WorkerRefusal) {
            let peer = try peer(of: context)
            let registration = try decoded(context) { () throws(WireError) in
                try WireCodec.decodeRegistration(request)
            }
            sessions.opened(context.connection)
            let caller = Caller.register(reply, context.connection)
            guard let call = callers.add(caller) else { return turnAway(caller, Self.stopping) }
            if !post(.register(call, registration, from: peer)) {
                leases.withLock { $0.turnedAway(at: Clocks.monotonic) }
                turnAway(callers.take(call), Self.full)
            }
        } catch {
            reply.fail(RPCError(error.status))
        }
    }

    private func report(_ request: [UInt8], _ context: RPCContext, _ reply: RPCReply) {
        do throws(WorkerRefusal) {
            try checkCertificate(context)
            let report = try decoded(context) { () throws(WireError) in
                try WireCodec.decodeStatusReport(request)
            }
            try check(sessions.hold(of: report.session, on: context.connection), context)
            let caller = Caller.report(reply)
            guard let call = callers.add(caller) else { return turnAway(caller, Self.stopping) }
            if !post(.report(call, report.session, report.tasks)) {
                turnAway(callers.take(call), Self.full)
            }
        } catch {
            reply.fail(RPCError(error.status))
        }
    }

    /// Never enters the core: nothing follows from it.
    private func takeUsage(_ request: [UInt8], _ context: RPCContext, _ reply: RPCReply) {
        do throws(WorkerRefusal) {
            try checkCertificate(context)
            var report = try decoded(context) { () throws(WireError) in
                try WireCodec.decodeUsageReport(request)
            }
            try check(sessions.hold(of: report.session, on: context.connection), context)
            guard let instance = leases.withLock({ $0.instance(of: report.session) }) else {
                return try check(.none, context)
            }
            let state = snapshot()
            // What it does not run is not kept: made-up names would fill memory.
            report.containers.removeAll { usage in
                guard let task = state.tasks[usage.task], task.instance == instance else {
                    return true
                }
                return !task.containers.contains { $0.name == usage.container }
            }
            usageBook.withLock { $0.take(report, of: instance, at: Clocks.now) }
            // Where its lease ended meanwhile nobody else would forget it.
            if leases.withLock({ $0.instance(of: report.session) }) == nil {
                usageBook.withLock { $0.forget(instance) }
            }
            reply.succeed(WireCodec.acknowledgement)
        } catch {
            reply.fail(RPCError(error.status))
        }
    }

    private func openAssignments(
        _ request: [UInt8], _ context: RPCContext, _ writer: RPCStreamWriter
    ) {
        do throws(WorkerRefusal) {
            try checkCertificate(context)
            let session = try decoded(context) { () throws(WireError) in
                try WireCodec.decodeAssignmentsRequest(request).session
            }
            try check(sessions.hold(of: session, on: context.connection), context)
            // As good as a heartbeat: it shows that the answer to the registration has arrived.
            _ = leases.withLock { $0.renew(session, at: Clocks.monotonic) }
            sessions.opening(session)
            let caller = Caller.assignments(writer, session)
            guard let call = callers.add(caller) else { return turnAway(caller, Self.stopping) }
            if !post(.openAssignments(call, session)) { turnAway(callers.take(call), Self.full) }
        } catch {
            writer.finish(error.status)
        }
    }

    static let stopping = RPCStatus(
        .unavailable, "the manager is stopping; try again, or another")
    /// The worker keeps its connection: a new one would only add to the load.
    static let full = RPCStatus(
        .resourceExhausted, "the manager is overloaded; try again later on this connection")

    /// The worker keeps what it has and tries again.
    func turnAway(_ caller: Caller?, _ status: RPCStatus) {
        switch caller {
        case .certificate(let reply, _), .register(let reply, _), .report(let reply):
            reply.fail(RPCError(status))
        case .assignments(let writer, let session):
            sessions.answered(session)
            writer.finish(status)
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
        case (.certificate(let answer, let request), .success(.admitted(let grant))):
            sign(grant, for: request, answer)
        case (.report(let answer), .success):
            answer.succeed(WireCodec.acknowledgement)
        case (.assignments(let writer, let session), .success):
            sessions.answered(session)
            sessions.attach(writer, to: session)
            writer.onTermination { [self] in sessions.ended(writer, of: session) }
        case (.certificate(let answer, _), .failure(let refusal)),
            (.register(let answer, _), .failure(let refusal)),
            (.report(let answer), .failure(let refusal)):
            answer.fail(RPCError(refusal.status))
        case (.assignments(let writer, let session), .failure(let refusal)):
            sessions.answered(session)
            writer.finish(refusal.status)
        case (.api, _), (.certificate, .success), (.register, .success), (nil, _): break
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
        case .heartbeat, .redirect, .exec, .logs, .unknown: nil
        }
    }
}

extension WorkerRefusal {
    var status: RPCStatus {
        RPCStatus(RPCStatus.Code(rawValue: code.statusCode) ?? .unknown, message)
    }
}
