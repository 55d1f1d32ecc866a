import ClusterState
import HashTreeCollections
import ManagerCore
import Model
import RPC
import Synchronization
import Wire

/// Tasks that ask for their own protection from scale-in, through their workers.
extension ManagerNode {
    /// A worker may ask for its own tasks alone.
    func protectTask(_ request: [UInt8], _ context: RPCContext, _ reply: RPCReply) {
        do throws(WorkerRefusal) {
            try checkCertificate(context)
            let asked = try decoded(context) { () throws(WireError) in
                try WireCodec.decodeProtectTask(request)
            }
            try check(sessions.hold(of: asked.session, on: context.connection), context)
            guard let instance = leases.withLock({ $0.instance(of: asked.session) }) else {
                return try check(.none, context)
            }
            let state = snapshot()
            guard let task = state.tasks[asked.task], task.instance == instance,
                let cluster = state.clusters[task.cluster]
            else { return Self.answer(reply, .init(.missing(asked.task))) }
            guard let change = asked.change else { return Self.answer(reply, .init(task)) }
            let minutes = change.minutes ?? TaskProtection.minutesStandard
            guard TaskProtection.minutes.contains(minutes) else {
                throw WorkerRefusal(
                    .invalidArgument,
                    "expiresInMinutes should be between \(TaskProtection.minutes.lowerBound) and "
                        + "\(TaskProtection.minutes.upperBound); it is \(minutes).")
            }
            update(
                task.id, of: ClusterReference(region: cluster.region, name: cluster.name),
                minutes: change.isEnabled ? minutes : nil, reply)
        } catch {
            reply.fail(RPCError(error.status))
        }
    }

    private func update(
        _ task: TaskID, of cluster: ClusterReference, minutes: Int?, _ reply: RPCReply
    ) {
        let caller = Caller.api { result in
            switch result {
            case .success((.protections(let protections, let failures), _)):
                let answer =
                    failures.first.map { TaskProtectionAnswer($0) }
                    ?? .protected(until: protections.first?.until)
                Self.answer(reply, answer)
            case .success:
                reply.fail(RPCError(.internalError, "the protection was not answered"))
            case .failure(let error):
                reply.fail(RPCError(.unavailable, error.message))
            }
        }
        guard let call = callers.add(caller) else {
            return reply.fail(RPCError(Self.stopping))
        }
        let command = Command.updateTaskProtection(cluster, [task], minutes: minutes)
        guard post(.command(call, command)) else {
            _ = callers.take(call)
            return reply.fail(RPCError(Self.full))
        }
    }

    private static func answer(_ reply: RPCReply, _ answer: TaskProtectionAnswer) {
        do {
            reply.succeed(try WireCodec.encode(answer))
        } catch {
            reply.fail(RPCError(.internalError, "\(error)"))
        }
    }
}

extension TaskProtectionAnswer {
    fileprivate init(_ failure: TaskProtection.Failure) {
        self = .failure(reason: failure.reason, detail: failure.detail ?? "")
    }

    fileprivate init(_ task: ECSTask) {
        self =
            task.service == nil
            ? TaskProtectionAnswer(.ofNoService(task.id)) : .protected(until: task.protectedUntil)
    }
}
