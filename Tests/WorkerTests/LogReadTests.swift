import Model
import RPC
import Runtimes
import Testing
import Wire
import Worker

@Suite("Output that a manager asks for", .timeLimit(.minutes(1)))
struct LogReadTests {
    let manager = ScriptedManager()
    let runtime = FakeRuntime()
    let id = LogID(high: 4, low: 2)
    let entries = LogOutput.entries([LogEntry(time: 1, container: "web", text: [1])])

    /// An agent that was asked for output.
    private func begin(
        _ container: String? = nil, follows: Bool = false,
        _ body: (RunningAgent) async throws -> Void
    ) async throws {
        let folder = try ScratchFolder()
        runtime.state.update { $0.outputs = [entries, .caughtUp] }
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        try await manager.state.wait { $0.writer != nil }
        let order = LogOrder(task: task(1).id, container: container, follows: follows)
        try manager.ask(LogRequest(id: id, order: order))
        try await body(agent)
        await manager.stop()
    }

    @Test("It is opened by its id, and what there is is said to its end")
    func wholeWay() async throws {
        try await begin { agent in
            let said = try await manager.state.wait { $0.areLogsOver }
            let session = try #require(said.session)
            #expect(said.logOutputs == [.opening(session, id), entries, .caughtUp])
            try await agent.stop()
        }
    }

    @Test("The end of the call ends the reading")
    func callEnds() async throws {
        try await begin(follows: true) { agent in
            let said = try await manager.state.wait { $0.logOutputs.count == 3 }
            said.logWriter?.finish()
            try await runtime.state.wait { $0.cancelledLogs == 1 }
            try await agent.stop()
        }
    }

    @Test("and so does that of the agent")
    func agentEnds() async throws {
        try await begin(follows: true) { agent in
            try await manager.state.wait { $0.logOutputs.count == 3 }
            try await agent.stop()
            try await runtime.state.wait { $0.cancelledLogs == 1 }
        }
    }

    @Test("What can't be read is said to be so")
    func refused() async throws {
        try await begin("gone") { agent in
            let said = try await manager.state.wait { $0.areLogsOver }
            #expect(said.logOutputs.last == .failed("gone is not here."))
            try await agent.stop()
        }
    }
}
