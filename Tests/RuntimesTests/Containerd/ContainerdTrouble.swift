import CRI
import Model
import RPC
import Runtimes
import Synchronization
import Testing

// What is done about failures, so that nothing is lost sight of.
extension RuntimesTests.Containerd {
    @Test func `a containerd that is not ready yet is waited for`() async throws {
        let stage = try await ContainerdStage()
        // From the greeting on.
        stage.containerd.state.withLock { $0.unreadyCalls = 3 }
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        stage.containerd.state.withLock { $0.unreadyCalls = 3 }
        try await agent.runtime.prepare(spec)
        stage.containerd.state.withLock { $0.unreadyCalls = 20 }
        _ = try await agent.runtime.start(spec.key)
        stage.containerd.state.withLock { $0.unreadyCalls = 3 }
        try await agent.runtime.stop(spec.key, timeout: .zero)
        #expect(try await agent.exit(of: spec.key).code == 137)
        stage.containerd.state.withLock { $0.unreadyCalls = 3 }
        try await agent.runtime.remove(spec.id)
        #expect(stage.containerd.state.withLock { $0.sandboxes.isEmpty && $0.number == 2 })
    }

    @Test func `a stop that fails is tried until the container has ended`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        try await agent.run(spec)
        stage.containerd.fail(
            .stopContainer, RPCError(.unknown, "no"), RPCError(.deadlineExceeded, "slow"))
        try await agent.runtime.stop(spec.key, timeout: .zero)
        #expect(try await agent.exit(of: spec.key).code == 137)
        #expect(stage.containerd.calls(of: .stopContainer).count == 3)
    }

    @Test func `a container that containerd lost track of is killed, and then has an end`()
        async throws
    {
        let stage = try await ContainerdStage()
        let spec = TaskSpec.shell("true")
        do {
            let agent = try await stage.agent()
            let started = try await agent.run(spec)
            stage.containerd.change("main") { $0.state = .unknown }
            #expect(try await agent.exit(of: spec.key).code == 137)
            #expect(stage.containerd.calls(of: .stopContainer) == ["\(started.runtimeID) 0"])
        }
        // So it is when the agent is another.
        let other = TaskSpec.shell("true")
        do { try await stage.agent().run(other) }
        stage.containerd.change("main") { $0.state = .unknown }
        let agent = try await stage.agent()
        _ = try await agent.runtime.list()
        #expect(try await agent.exit(of: other.key).code == 137)
    }

    @Test func `one that was made and never started before a loss of power has no code`()
        async throws
    {
        let stage = try await ContainerdStage()
        let spec = TaskSpec.shell("true")
        do { try await stage.agent().run(spec) }
        stage.containerd.change("main") { ($0.state, $0.startedAt) = (.created, 0) }
        stage.containerd.losePower()
        let found = try await stage.agent().runtime.list().first?.containers.first
        guard case .exited(nil, let exit)? = found?.state else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(exit.code == nil && exit.reason?.contains("before the container") == true)
    }
}
