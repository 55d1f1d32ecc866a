import Logging
import Model
import NIOCore
import NIOPosix
import RPC
import Wire

/// A manager that answers over real RPC on loopback as a test wants it to.
final class ScriptedManager: Sendable {
    struct State: Sendable {
        var registrations: [Registration] = []
        var session: SessionID?
        var heartbeats: [Heartbeat] = []
        var newest: [TaskID: TaskReport] = [:]
        var usages: [UsageReport] = []
        /// The complete set that a stream opens with.
        var assignments: [Assignment] = []
        var revision: UInt64 = 1
        var writer: RPCStreamWriter?
        var refusal: WorkerRefusal?
        var heartbeat = HeartbeatSettings(period: 100, lease: 1_000)
        /// What came of commands, where to tell them something, and whether nothing more comes.
        var outputs: [ExecOutput] = []
        var execWriter: RPCStreamWriter?
        var logOutputs: [LogOutput] = []
        var logWriter: RPCStreamWriter?
        var areLogsOver = false
        var areOutputsOver = false
    }

    let state = Watched(State())
    let instance = InstanceID(high: 5, low: 5)
    private let server: Watched<RPCServer?> = Watched(nil)

    /// Starts to listen and returns the port.
    func start(port: Int = 0) async throws -> Int {
        let server = RPCServer(
            group: MultiThreadedEventLoopGroup.singleton, methods: methods,
            logger: Logger(label: "manager"))
        let address = try await server.start(host: "127.0.0.1", port: port)
        self.server.update { $0 = server }
        return address.port ?? 0
    }

    func stop() async {
        let server = self.server.update { server in
            defer { server = nil }
            return server
        }
        await server?.shutdown(limit: .zero)
    }

    /// Sends one change on the open stream.
    func send(_ change: AssignmentChange) throws {
        try state.update { state -> Result<Void, any Error> in
            Result {
                let update = AssignmentUpdate.changes(
                    appliesTo: state.revision, revision: state.revision + 1, [change])
                state.revision += 1
                state.writer?.send(try WireCodec.encode(update))
            }
        }.get()
    }

    /// Sends the worker to another manager.
    func redirect(to port: Int) throws {
        let update = AssignmentUpdate.redirect(Redirect(manager: "127.0.0.1:\(port)"))
        state.value.writer?.send(try WireCodec.encode(update))
    }

    /// Asks for a command.
    func ask(_ request: ExecRequest) throws {
        state.value.writer?.send(try WireCodec.encode(AssignmentUpdate.exec(request)))
    }

    /// Asks for output.
    func ask(_ request: LogRequest) throws {
        state.value.writer?.send(try WireCodec.encode(AssignmentUpdate.logs(request)))
    }

    /// From here on the current session is over, as when the manager gave the worker up.
    func loseSession() {
        state.update { $0.session = nil }
    }

    private var methods: [RPCMethod] {
        [
            .unary(
                WorkerService.register,
                deferred: { [self] request, _, reply in
                    answer(reply) { try register(request) }
                }),
            .unary(
                WorkerService.heartbeat,
                deferred: { [self] request, _, reply in
                    answer(reply) {
                        let heartbeat = try WireCodec.decodeHeartbeat(request)
                        try check(heartbeat.session)
                        state.update { $0.heartbeats.append(heartbeat) }
                        return WireCodec.acknowledgement
                    }
                }),
            .unary(
                WorkerService.reportStatus,
                deferred: { [self] request, _, reply in
                    answer(reply) {
                        let report = try WireCodec.decodeStatusReport(request)
                        try check(report.session)
                        state.update { state in
                            for task in report.tasks { state.newest[task.task] = task }
                        }
                        return WireCodec.acknowledgement
                    }
                }),
            .unary(
                WorkerService.reportUsage,
                deferred: { [self] request, _, reply in
                    answer(reply) {
                        let report = try WireCodec.decodeUsageReport(request)
                        try check(report.session)
                        state.update { $0.usages.append(report) }
                        return WireCodec.acknowledgement
                    }
                }),
            .serverStream(WorkerService.assignments) { [self] request, _, writer in
                do {
                    try check(try WireCodec.decodeAssignmentsRequest(request).session)
                    try state.update { state -> Result<Void, any Error> in
                        Result {
                            state.writer = writer
                            state.revision = 1
                            let all = AssignmentUpdate.complete(
                                revision: 1, state.assignments, more: false)
                            writer.send(try WireCodec.encode(all))
                        }
                    }.get()
                } catch {
                    writer.finish(Self.rpcError(error).status)
                }
            },
            .stream(WorkerService.exec) { [self] requests, _, writer throws(RPCError) in
                state.update { $0.execWriter = writer }
                for try await message in requests {
                    let output = (try? WireCodec.decodeExecOutput(message)) ?? .unknown
                    state.update { $0.outputs.append(output) }
                }
                state.update { $0.areOutputsOver = true }
            },
            .stream(WorkerService.logs) { [self] requests, _, writer throws(RPCError) in
                state.update { $0.logWriter = writer }
                for try await message in requests {
                    let output = (try? WireCodec.decodeLogOutput(message)) ?? .unknown
                    state.update { $0.logOutputs.append(output) }
                }
                state.update { $0.areLogsOver = true }
            },
        ]
    }

    private func register(_ request: [UInt8]) throws -> [UInt8] {
        let registration = try WireCodec.decodeRegistration(request)
        let (refusal, answer) = state.update { state -> (WorkerRefusal?, Registered) in
            state.registrations.append(registration)
            let number = UInt64(state.registrations.count)
            let session = SessionID(high: 1, low: number)
            if state.refusal == nil { state.session = session }
            for report in registration.inventory { state.newest[report.task] = report }
            let answer = Registered(
                instance: instance, session: session, epoch: number, heartbeat: state.heartbeat)
            return (state.refusal, answer)
        }
        if let refusal { throw refusal }
        return try WireCodec.encode(answer)
    }

    private func check(_ session: SessionID) throws {
        guard state.value.session == session else {
            throw WorkerRefusal(.staleSession, "the session is not current; register again")
        }
    }

    private func answer(_ reply: RPCReply, _ body: () throws -> [UInt8]) {
        do {
            reply.succeed(try body())
        } catch {
            reply.fail(Self.rpcError(error))
        }
    }

    private static func rpcError(_ error: any Error) -> RPCError {
        guard let refusal = error as? WorkerRefusal,
            let code = RPCStatus.Code(rawValue: refusal.code.statusCode)
        else { return RPCError(.internalError, "\(error)") }
        return RPCError(code, refusal.message)
    }
}
