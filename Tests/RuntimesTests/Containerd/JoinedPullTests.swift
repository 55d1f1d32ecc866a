import CRI
import Model
import RPC
import Synchronization
import Testing

@testable import Runtimes

// Several tasks that need one image, and those that need it no more.
extension RuntimesTests.Containerd {
    private func shells(_ count: Int) -> [TaskSpec] {
        (0..<count).map { _ in TaskSpec.of(ContainerDefinition(name: "main", image: "big")) }
    }

    /// Prepares them while no pull is answered, and returns when the first pull is asked for.
    private func prepare(
        _ specs: [TaskSpec], on stage: ContainerdStage, _ agent: ContainerdAgent
    ) async throws -> [Task<RuntimeError?, Never>] {
        stage.containerd.state.withLock { _ = $0.held.insert(.pullImage) }
        let preparing = specs.map { spec in
            Task {
                await refusal { () throws(RuntimeError) in
                    try await agent.runtime.prepare(spec)
                }
            }
        }
        try await eventually("the pull") {
            stage.containerd.state.withLock { $0.heldCount } == 1
        }
        try await eventually("all wait for it") { agent.runtime.images.pulls.count == specs.count }
        return preparing
    }

    @Test func `an image is pulled once for all who need it at a time`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent(pulls: .always)
        let preparing = try await prepare(shells(3), on: stage, agent)
        stage.containerd.release()
        for task in preparing { #expect(await task.value == nil) }
        #expect(stage.containerd.calls(of: .pullImage) == ["big"])
        // Who comes later asks again.
        try await agent.runtime.prepare(shells(1)[0])
        #expect(stage.containerd.calls(of: .pullImage) == ["big", "big"])
    }

    @Test func `a failure of their pull is that of all`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let preparing = try await prepare(shells(3), on: stage, agent)
        stage.containerd.state.withLock { $0.isWithoutImages = true }
        stage.containerd.release()
        for task in preparing {
            #expect(await task.value?.name == "CannotPullContainerError")
        }
        #expect(stage.containerd.calls(of: .pullImage) == ["big"])
    }

    @Test func `a task that is let go of waits no longer, and its pull ends with the last`()
        async throws
    {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let specs = shells(2)
        let preparing = try await prepare(specs, on: stage, agent)
        agent.runtime.abandon(specs[0].id)
        #expect(await preparing[0].value?.isAbandonment == true)
        #expect(agent.runtime.images.pulls.count == 1)
        agent.runtime.abandon(specs[1].id)
        #expect(await preparing[1].value?.isAbandonment == true)
        for spec in specs { try await agent.runtime.remove(spec.id) }
        // Nothing is left that another task could wait for.
        let later = Task { try await agent.runtime.prepare(shells(1)[0]) }
        try await eventually("another pull") {
            stage.containerd.calls(of: .pullImage).count == 2
        }
        stage.containerd.release()
        try await later.value
        #expect(stage.containerd.state.withLock { $0.sandboxes.count } == 1)
    }

    @Test func `who is cancelled, as by the agent's end, waits for no pull`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let preparing = try await prepare(shells(2), on: stage, agent)
        for task in preparing { task.cancel() }
        // The registry has not answered.
        for task in preparing { #expect(await task.value?.isAbandonment == true) }
        #expect(agent.runtime.images.pulls.count == 0)
        stage.containerd.release()
    }

    @Test func `a task that is let go of before it was prepared makes nothing`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent(pulls: .preferCached)
        let spec = shells(1)[0]
        stage.containerd.state.withLock { _ = $0.images.insert("big") }
        agent.runtime.abandon(spec.id)
        let error = await refusal { () throws(RuntimeError) in
            try await agent.runtime.prepare(spec)
        }
        #expect(error?.isAbandonment == true)
        #expect(stage.containerd.state.withLock { $0.sandboxes.isEmpty })
    }
}
