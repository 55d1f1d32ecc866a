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
}
