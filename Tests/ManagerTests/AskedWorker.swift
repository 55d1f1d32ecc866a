import Logging
import Manager
import Model
import NIOPosix
import RPC
import Wire

/// A worker that has registered and follows its assignments, among which it is asked for streams.
struct AskedWorker {
    let connection: RPCClientConnection
    let registered: Registered
    private let stream: RPCResponseStream

    private init(_ node: ManagerNode, _ logger: Logger) async throws {
        connection = try await RPCClientConnection.connect(
            to: .tcp(host: "127.0.0.1", port: node.workerPort),
            group: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let registration = Registration(
            name: "one", cluster: "default", agent: AgentID(high: 0, low: 1),
            resources: Resources(cpu: 1_024, memory: 1_024))
        registered = try WireCodec.decodeRegistered(
            try await connection.unary(
                WorkerService.register, WireCodec.encode(registration), timeout: .seconds(5)))
        stream = connection.serverStream(
            WorkerService.assignments,
            try WireCodec.encode(AssignmentsRequest(session: registered.session)))
        var messages = stream.makeAsyncIterator()
        _ = try await messages.next()
    }

    /// A manager with one such worker, for as long as `body` takes.
    static func with(_ body: (ManagerNode, AskedWorker) async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await withFolder { folder in
            var configuration = ManagerConfiguration(dataFolder: folder)
            configuration.workerPort = 0
            configuration.security = .plaintext
            configuration.networkLoops = 1
            let node = try await ManagerNode.start(configuration, logger: logger)
            let running = Task { try await node.run() }
            let worker = try await AskedWorker(node, logger)
            try await body(node, worker)
            await worker.connection.close()
            running.cancel()
            try? await running.value
        }
    }

    /// The next update that `pick` wants.
    func asked<Request>(_ pick: (AssignmentUpdate) -> Request?) async throws -> Request {
        for try await message in stream {
            if let request = pick(try WireCodec.decodeAssignmentUpdate(message)) { return request }
        }
        throw RPCError(.unknown, "the stream ended")
    }
}
