import Manager
import Model
import RPC
import Testing
import Wire

@Suite("Output that is asked for at a manager", .serialized, .timeLimit(.minutes(1)))
struct LogTests {
    private let order = LogOrder(task: TaskID(high: 1, low: 1), follows: true)

    @Test("The worker that is asked answers, and its end is the end")
    func wholeWay() async throws {
        try await AskedWorker.with { node, worker in
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
        try await AskedWorker.with { node, worker in
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
        try await AskedWorker.with { node, worker in
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

extension AskedWorker {
    fileprivate func asked() async throws -> LogRequest {
        try await asked { update in
            guard case .logs(let request) = update else { return nil }
            return request
        }
    }

    fileprivate func answer(_ id: LogID) async throws -> RPCClientStream {
        let call = connection.stream(WorkerService.logs)
        try await call.send(try WireCodec.encode(LogOutput.opening(registered.session, id)))
        return call
    }
}
