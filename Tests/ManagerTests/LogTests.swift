import Logging
import Manager
import Model
import NIOPosix
import RPC
import Testing
import Wire

@Suite("Output that is asked for at a manager", .serialized, .timeLimit(.minutes(1)))
struct LogTests {
    /// A worker that has registered and follows its assignments.
    private struct Worker {
        let connection: RPCClientConnection
        let registered: Registered
        private let stream: RPCResponseStream

        init(_ node: ManagerNode, _ logger: Logger) async throws {
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

        /// What it is asked for next.
        func asked() async throws -> LogRequest {
            for try await message in stream {
                if case .logs(let request) = try WireCodec.decodeAssignmentUpdate(message) {
                    return request
                }
            }
            throw RPCError(.unknown, "the stream ended")
        }

        func answer(_ id: LogID) async throws -> RPCClientStream {
            let call = connection.stream(WorkerService.logs)
            try await call.send(
                try WireCodec.encode(LogOutput.opening(registered.session, id)))
            return call
        }
    }

    private let order = LogOrder(task: TaskID(high: 1, low: 1), follows: true)

    private func withWorker(
        _ body: (ManagerNode, Worker) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await withFolder { folder in
            var configuration = ManagerConfiguration(dataFolder: folder)
            configuration.workerPort = 0
            configuration.security = .plaintext
            configuration.networkLoops = 1
            let node = try await ManagerNode.start(configuration, logger: logger)
            let running = Task { try await node.run() }
            let worker = try await Worker(node, logger)
            try await body(node, worker)
            await worker.connection.close()
            running.cancel()
            try? await running.value
        }
    }

    @Test("The worker that is asked answers, and its end is the end")
    func wholeWay() async throws {
        try await withWorker { node, worker in
            async let answered = node.logs(order, on: worker.registered.instance)
            let request = try await worker.asked()
            #expect(request.order == order)
            let call = try await worker.answer(request.id)
            let logs = try await answered
            let entry = LogEntry(time: 1, container: "main", text: [1])
            for output in [LogOutput.entries([entry]), .caughtUp] {
                try await call.send(try WireCodec.encode(output))
                #expect(await logs.next() == output)
            }
            call.finish()
            #expect(await logs.next() == nil)
            logs.end()
            await call.responses.untilEnded()
        }
    }

    @Test("Who asked ends the call; a worker that is lost is said to be so")
    func ends() async throws {
        try await withWorker { node, worker in
            async let answered = node.logs(order, on: worker.registered.instance)
            let call = try await worker.answer(try await worker.asked().id)
            let first = try await answered
            first.end()
            await call.responses.untilEnded()
            #expect(await first.next() == nil)
            async let other = node.logs(order, on: worker.registered.instance)
            let lost = try await worker.answer(try await worker.asked().id)
            let logs = try await other
            await worker.connection.close()
            await lost.responses.untilEnded()
            guard case .failed(let text) = await logs.next() else {
                Issue.record("it did not fail")
                return
            }
            #expect(text.contains("The worker was lost"))
            logs.end()
        }
    }

    @Test("A worker that is not connected, or does not know how, is told within seconds")
    func noAnswer() async throws {
        try await withWorker { node, worker in
            let gone = await #expect(throws: APIError.self) {
                try await node.logs(order, on: InstanceID(high: 1, low: 1))
            }
            #expect(gone?.code == .targetNotConnected)
            let silent = await #expect(throws: APIError.self) {
                try await node.logs(order, on: worker.registered.instance)
            }
            #expect(silent?.message.contains("of a version") == true)
            let id = try await worker.asked().id
            let late = try await worker.answer(id)
            var messages = late.responses.makeAsyncIterator()
            await #expect(throws: RPCError.self) { try await messages.next() }
        }
    }
}
