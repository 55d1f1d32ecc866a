import Logging
import Model
import NIOCore
import NIOPosix
import RPC
import Synchronization
import Wire

/// The manager's side of the worker protocol for one agent: it gives the tasks that it is told to
/// and notes when the reports come.
final class StandInManager: Sendable {
    private struct State {
        var writer: RPCStreamWriter?
        var revision: UInt64 = 1
    }

    private let moments: Moments
    private let state = Mutex(State())

    init(_ moments: Moments) {
        self.moments = moments
    }

    /// Starts to listen.
    func start() async throws -> (server: RPCServer, port: Int) {
        let server = RPCServer(
            group: .singletonMultiThreadedEventLoopGroup, methods: methods,
            logger: Logger(label: "bench.manager") { _ in SwiftLogNoOpLogHandler() })
        let address = try await server.start(host: "127.0.0.1", port: 0)
        return (server, address.port ?? 0)
    }

    /// Whether the agent listens.
    var isReady: Bool { state.withLock { $0.writer != nil } }

    /// In one message.
    func assign(_ tasks: [TaskSpec]) throws {
        let changes = tasks.map {
            AssignmentChange.put(Assignment(spec: $0, desired: .running))
        }
        try send(changes, assigning: tasks.map(\.id))
    }

    func forget(_ tasks: [TaskID]) throws {
        try send(tasks.map { .forget($0) }, assigning: [])
    }

    private func send(_ changes: [AssignmentChange], assigning tasks: [TaskID]) throws {
        let (writer, revision) = state.withLock { state in
            state.revision += 1
            return (state.writer, state.revision)
        }
        let message = try WireCodec.encode(
            AssignmentUpdate.changes(
                appliesTo: revision - 1, revision: revision, changes))
        for task in tasks { moments.note(.assigned, of: task) }
        guard writer?.send(message) == .accepted else {
            throw BenchError("the agent's stream of assignments is not there")
        }
    }

    private var methods: [RPCMethod] {
        [
            unary(WorkerService.register) { _ in
                try WireCodec.encode(
                    Registered(
                        instance: InstanceID(high: 1, low: 1), session: SessionID(high: 1, low: 1),
                        epoch: 1, heartbeat: HeartbeatSettings()))
            },
            unary(WorkerService.heartbeat) { _ in WireCodec.acknowledgement },
            unary(WorkerService.reportUsage) { _ in WireCodec.acknowledgement },
            unary(WorkerService.reportStatus) { [moments] request in
                let time = NIODeadline.now()
                for task in try WireCodec.decodeStatusReport(request).tasks {
                    switch task.status {
                    case .running: moments.note(.running, of: task.task, at: time)
                    case .stopped: moments.note(.stopped, of: task.task, at: time)
                    default: break
                    }
                }
                return WireCodec.acknowledgement
            },
            .serverStream(WorkerService.assignments) { [self] _, _, writer in
                let all = AssignmentUpdate.complete(revision: 1, [], more: false)
                guard let message = try? WireCodec.encode(all) else { return }
                writer.send(message)
                state.withLock { state in
                    state.writer = writer
                    state.revision = 1
                }
            },
        ]
    }

    private func unary(
        _ path: String, _ answer: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) -> RPCMethod {
        .unary(path) { request, _, reply in
            do {
                reply.succeed(try answer(request))
            } catch {
                reply.fail(RPCError(.internalError, "\(error)"))
            }
        }
    }
}
