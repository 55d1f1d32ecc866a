import Model
import RPC
import Runtimes
import Testing
import Wire
import Worker

@Suite("Commands that a manager asks for", .timeLimit(.minutes(1)))
struct CommandTests {
    let manager = ScriptedManager()
    let runtime = FakeRuntime()
    let id = ExecID(high: 4, low: 2)

    private func request(_ container: String = "web") -> ExecRequest {
        let order = ExecOrder(
            task: task(1).id, container: container, command: ["cat"], takesInput: true)
        return ExecRequest(id: id, order: order)
    }

    private func tell(_ input: ExecInput) throws {
        _ = manager.state.value.execWriter?.send(try WireCodec.encode(input))
    }

    /// An agent that was asked to run a command, which runs.
    private func begin(_ body: (RunningAgent) async throws -> Void) async throws {
        let folder = try ScratchFolder()
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        try await manager.state.wait { $0.writer != nil }
        try manager.ask(request())
        try await manager.state.wait { $0.outputs.count == 2 }
        try await body(agent)
        await manager.stop()
    }

    @Test("It is opened by its id, told what comes, and its output and end are said")
    func wholeWay() async throws {
        try await begin { agent in
            let session = try #require(manager.state.value.session)
            #expect(manager.state.value.outputs == [.opening(session, id), .started])
            try tell(.data([1, 2, 3]))
            let size = TerminalSize(columns: 9, rows: 8)
            try tell(.resize(size))
            let heard = try await manager.state.wait { $0.outputs.count == 3 }
            #expect(heard.outputs.last == .standardOutput([1, 2, 3]))
            try tell(.end)
            let ended = try await manager.state.wait { $0.areOutputsOver }
            #expect(ended.outputs.last == .exited(7))
            #expect(runtime.state.value.command?.state.value.size == size)
            try await agent.stop()
        }
    }

    @Test("The end of the call is its end, though it takes nothing that it is told")
    func callEnds() async throws {
        try await begin { agent in
            manager.state.value.execWriter?.finish()
            let command = try #require(runtime.state.value.command)
            #expect(await command.exitCode() == 137)
            try await agent.stop()
        }
    }

    @Test("So is the end of the connection")
    func connectionEnds() async throws {
        try await begin { agent in
            await manager.stop()
            let command = try #require(runtime.state.value.command)
            #expect(await command.exitCode() == 137)
            try await agent.stop()
        }
    }

    @Test("and that of the agent")
    func agentEnds() async throws {
        try await begin { agent in
            let command = try #require(runtime.state.value.command)
            try await agent.stop()
            #expect(await command.exitCode() == 137)
        }
    }

    @Test("One that can't be run is said to be so")
    func refused() async throws {
        let folder = try ScratchFolder()
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        try await manager.state.wait { $0.writer != nil }
        try manager.ask(request("gone"))
        let said = try await manager.state.wait { $0.areOutputsOver }
        #expect(said.outputs.last == .failed("gone does not run here."))
        try await agent.stop()
        await manager.stop()
    }
}
