import Manager
import ManagerCore
import Model
import NIOCore
import RPC
import Testing
import Wire

@Suite("Commands that are asked for at a manager", .serialized, .timeLimit(.minutes(1)))
struct ExecTests {
    private let order = ExecOrder(
        task: TaskID(high: 1, low: 1), container: "main", command: ["cat"], takesInput: true)

    private func next(_ call: RPCClientStream) async throws -> ExecInput {
        var messages = call.responses.makeAsyncIterator()
        return try WireCodec.decodeExecInput(try #require(try await messages.next()))
    }

    @Test("The worker that is asked answers, and what either says reaches the other")
    func wholeWay() async throws {
        try await AskedWorker.with { node, worker in
            async let answered = node.run(order, on: worker.registered.instance)
            let request = try await worker.asked()
            #expect(request.order == order)
            let call = try await worker.answer(request.id)
            let exec = try await answered
            #expect(await exec.send(.data([1, 2])))
            #expect(try await next(call) == .data([1, 2]))
            for output in [ExecOutput.started, .standardError([3]), .exited(4)] {
                try await call.send(try WireCodec.encode(output))
                #expect(await exec.next() == output)
            }
            call.finish()
            exec.end()
            await call.responses.untilEnded()
            #expect(await exec.send(.end) == false)
        }
    }

    @Test("Who asked ends the call; a worker that is lost makes the command fail")
    func ends() async throws {
        try await AskedWorker.with { node, worker in
            async let answered = node.run(order, on: worker.registered.instance)
            let call = try await worker.answer(try await worker.asked().id)
            try await answered.end()
            await call.responses.untilEnded()
            async let other = node.run(order, on: worker.registered.instance)
            let lost = try await worker.answer(try await worker.asked().id)
            let exec = try await other
            await worker.connection.close()
            await lost.responses.untilEnded()
            guard case .failed(let text) = await exec.next() else {
                Issue.record("it did not fail")
                return
            }
            #expect(text.contains("The worker was lost"))
            exec.end()
        }
    }

    @Test("An answer that nobody waits for, or in another session, is refused")
    func strangers() async throws {
        try await AskedWorker.with { node, worker in
            func refusal(_ call: RPCClientStream) async -> RPCStatus.Code? {
                var messages = call.responses.makeAsyncIterator()
                do throws(RPCError) {
                    _ = try await messages.next()
                    return nil
                } catch {
                    return error.code
                }
            }
            let none = try await worker.answer(ExecID(high: 1, low: 2))
            #expect(await refusal(none) == .notFound)
            async let answered = node.run(order, on: worker.registered.instance)
            let id = try await worker.asked().id
            let stale = try await worker.answer(id, in: SessionID(high: 1, low: 2))
            #expect(await refusal(stale) == .failedPrecondition)
            let right = try await worker.answer(id)
            try await answered.end()
            await right.responses.untilEnded()
        }
    }

    @Test("A worker that is not connected, and one command too many in a task, are told")
    func bounds() async throws {
        try await AskedWorker.with { node, worker in
            let gone = await #expect(throws: APIError.self) {
                try await node.run(order, on: InstanceID(high: 1, low: 1))
            }
            #expect(gone?.code == .targetNotConnected)
            var execs: [ExecSession] = []
            var calls: [RPCClientStream] = []
            for _ in 0..<8 {
                async let answered = node.run(order, on: worker.registered.instance)
                calls.append(try await worker.answer(try await worker.asked().id))
                execs.append(try await answered)
            }
            let ninth = await #expect(throws: APIError.self) {
                try await node.run(order, on: worker.registered.instance)
            }
            #expect(ninth?.code == .throttling)
            for exec in execs { exec.end() }
            for call in calls { await call.responses.untilEnded() }
        }
    }
}

extension AskedWorker {
    fileprivate func asked() async throws -> ExecRequest {
        try await asked { update in
            guard case .exec(let request) = update else { return nil }
            return request
        }
    }

    fileprivate func answer(_ id: ExecID, in session: SessionID? = nil) async throws
        -> RPCClientStream
    {
        let call = connection.stream(WorkerService.exec)
        try await call.send(
            try WireCodec.encode(ExecOutput.opening(session ?? registered.session, id)))
        return call
    }
}
