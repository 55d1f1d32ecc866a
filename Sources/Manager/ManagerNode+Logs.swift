import ManagerCore
public import Model
import NIOCore
import RPC
import Synchronization
import Wire

/// Output of containers. It stays with the workers: one is asked on its stream of assignments and
/// answers with a stream of its own, as with commands.
extension ManagerNode {
    /// How long a worker may take to answer.
    private static let logsPatience = TimeAmount.seconds(5)

    static let logBounds = WorkerAnswerBounds(
        perTask: 16, perWorker: 64, all: 256, what: "readings of output are under way")

    /// Has a worker read what a task's containers wrote.
    ///
    /// - Returns: A session, once the worker has answered; it is to be ended in any case.
    public func logs(
        _ order: LogOrder, on instance: InstanceID
    ) async throws(APIError) -> LogSession {
        guard let session = leases.withLock({ $0.session(of: instance) }),
            let writer = sessions.stream(of: session)
        else {
            throw APIError(.targetNotConnected, "its worker is not connected")
        }
        var random = SystemRandomNumberGenerator()
        let id = LogID(high: random.next(), low: random.next())
        let arrival = try logReadings.expect(id, of: order.task, on: instance, session)
        ask(writer, .logs(LogRequest(id: id, order: order)))
        let timer = coreLoop.scheduleTask(in: Self.logsPatience) { arrival.give(nil) }
        defer { timer.cancel() }
        guard let logs = await arrival.value(orWhenCancelled: nil) else {
            logReadings.remove(id)
            throw APIError(
                .targetNotConnected,
                "its worker did not answer within 5 seconds: it may be gone, or of a version that "
                    + "can't read output")
        }
        return logs
    }

    /// A worker's answer: carries the output until who asked for it ends it, or the worker does.
    func carryLogs(
        _ requests: RPCRequestStream, _ context: RPCContext
    ) async throws(RPCError) {
        try refusing { () throws(WorkerRefusal) in try checkCertificate(context) }
        var messages = requests.makeAsyncIterator()
        guard let first = try await messages.next() else {
            throw RPCError(.invalidArgument, "the worker did not say which reading it is")
        }
        let logs = LogSession(requests)
        let id = try refusing { () throws(WorkerRefusal) in try attach(logs, first, context) }
        await logs.untilOver()
        logReadings.remove(id)
    }

    private func attach(
        _ logs: LogSession, _ first: [UInt8], _ context: RPCContext
    ) throws(WorkerRefusal) -> LogID {
        let output = try decoded(context) { () throws(WireError) in
            try WireCodec.decodeLogOutput(first)
        }
        guard case .opening(let session, let id) = output else {
            throw WorkerRefusal(
                .invalidArgument, "the first message must say which reading it is")
        }
        try check(sessions.hold(of: session, on: context.connection), context)
        guard logReadings.attach(logs, as: id, of: session) else {
            throw WorkerRefusal(.notFound, "nobody waits for this output any more")
        }
        return id
    }
}
