import Logging
import ManagerCore
public import Model
import NIOCore
import RPC
import Synchronization
import Wire

/// Commands in containers. They are no part of the cluster's state: the worker is asked on its
/// stream of assignments and answers with a stream of its own, which is coupled to who asked.
extension ManagerNode {
    /// How long a worker may take to answer.
    static let execPatience = TimeAmount.seconds(10)
    /// How long it may then take until the program runs: another of its container's task may be
    /// on its way to start, which takes half a minute at most.
    static let execStartPatience = TimeAmount.seconds(60)

    static let execBounds = WorkerAnswerBounds(
        perTask: 8, perWorker: 16, all: 256, what: "commands run")

    /// Has a command run by the worker that runs its task.
    ///
    /// - Returns: A session, once the worker has answered; it is to be ended in any case.
    public func run(
        _ order: ExecOrder, on instance: InstanceID
    ) async throws(APIError) -> ExecSession {
        guard let session = leases.withLock({ $0.session(of: instance) }),
            let writer = sessions.stream(of: session)
        else {
            throw APIError(
                .targetNotConnected,
                "The execute command failed because the worker of the task is not connected. Try "
                    + "again when it is.")
        }
        var random = SystemRandomNumberGenerator()
        let id = ExecID(high: random.next(), low: random.next())
        let arrival = try execs.expect(id, of: order.task, on: instance, session)
        ask(writer, .exec(ExecRequest(id: id, order: order)))
        let timer = coreLoop.scheduleTask(in: Self.execPatience) { arrival.give(nil) }
        defer { timer.cancel() }
        guard let exec = await arrival.value(orWhenCancelled: nil) else {
            execs.remove(id)
            throw APIError(
                .targetNotConnected,
                "The execute command failed because the worker of the task did not answer within "
                    + "10 seconds. It may be gone, or of a version that runs no commands.")
        }
        logger.info(
            "a command is run",
            metadata: [
                "exec": "\(id)", "task": "\(order.task)", "container": "\(order.container)",
                "instance": "\(instance)",
            ])
        exec.mustStart(within: Self.execStartPatience, on: coreLoop)
        return exec
    }

    /// What does not get through is not answered.
    func ask(_ writer: RPCStreamWriter, _ question: AssignmentUpdate) {
        do {
            writer.send(try WireCodec.encode(question))
        } catch {
            logger.error("a worker can't be asked for a stream", metadata: ["why": "\(error)"])
        }
    }

    /// A worker's answer: carries the command until who asked for it ends it, or the worker does.
    func carryCommand(
        _ requests: RPCRequestStream, _ context: RPCContext, _ writer: RPCStreamWriter
    ) async throws(RPCError) {
        try refusing { () throws(WorkerRefusal) in try checkCertificate(context) }
        var messages = requests.makeAsyncIterator()
        guard let first = try await messages.next() else {
            throw RPCError(.invalidArgument, "the worker did not say which command it is")
        }
        let exec = ExecSession(requests, writer)
        let id = try refusing { () throws(WorkerRefusal) in
            try attach(exec, first, context)
        }
        await exec.untilOver()
        execs.remove(id)
    }

    private func attach(
        _ exec: ExecSession, _ first: [UInt8], _ context: RPCContext
    ) throws(WorkerRefusal) -> ExecID {
        let output = try decoded(context) { () throws(WireError) in
            try WireCodec.decodeExecOutput(first)
        }
        guard case .opening(let session, let id) = output else {
            throw WorkerRefusal(
                .invalidArgument, "the first message must say which command it is")
        }
        try check(sessions.hold(of: session, on: context.connection), context)
        guard execs.attach(exec, as: id, of: session) else {
            throw WorkerRefusal(.notFound, "nobody waits for this command any more")
        }
        return id
    }

    func refusing<Value>(
        _ body: () throws(WorkerRefusal) -> Value
    ) throws(RPCError) -> Value {
        do throws(WorkerRefusal) {
            return try body()
        } catch {
            throw RPCError(error.status)
        }
    }
}
