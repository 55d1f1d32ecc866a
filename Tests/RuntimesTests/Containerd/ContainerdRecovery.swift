import CRI
import Model
import RPC
import Runtimes
import Synchronization
import Testing

// What the next agent finds.
extension RuntimesTests.Containerd {
    @Test func `the next agent finds every task as it is`() async throws {
        let stage = try await ContainerdStage()
        let spec = TaskSpec.of(
            ContainerDefinition(
                name: "running", image: "a", portMappings: [PortMapping(containerPort: 80)]),
            ContainerDefinition(name: "ended", image: "b"),
            ContainerDefinition(name: "waiting", image: "c"))
        let started: StartedContainer
        do {
            let agent = try await stage.agent()
            try await agent.runtime.prepare(spec)
            started = try await agent.runtime.start(spec.key)
            _ = try await agent.runtime.start(ContainerKey(task: spec.id, name: "ended"))
        }
        stage.containerd.exit("ended", code: 9)
        let agent = try await stage.agent()
        let found = try #require(try await agent.runtime.list().first)
        #expect(found.spec == spec)
        let states = found.containers.map(\.state)
        #expect(states.count == 3 && states[0] == .running(started) && states[2] == .prepared)
        guard case .exited(_?, let exit) = states[1] else {
            Issue.record("\(states[1])")
            return
        }
        #expect(exit.code == 9)
        // The end of what was found running is told, that of what had ended is not.
        stage.containerd.exit("running", code: 1)
        #expect(try await agent.exit(of: spec.key).code == 1)
        #expect(agent.events.withLock { $0.count } == 1)
        // It goes on where the other was.
        _ = try await agent.runtime.start(ContainerKey(task: spec.id, name: "waiting"))
    }

    @Test func `after a loss of power nobody knows the exit codes, and all can be removed`()
        async throws
    {
        let stage = try await ContainerdStage()
        let spec = TaskSpec.of(
            ContainerDefinition(name: "ran", image: "a"),
            ContainerDefinition(name: "waited", image: "b"))
        do { try await stage.agent().run(spec) }
        stage.containerd.losePower()
        let agent = try await stage.agent()
        let found = try #require(try await agent.runtime.list().first)
        for container in found.containers {
            guard case .exited(_, let exit) = container.state else {
                Issue.record("\(container.state)")
                continue
            }
            #expect(exit.code == nil && exit.reason?.contains("The host restarted") == true)
        }
        try await agent.runtime.remove(spec.id)
        #expect(stage.containerd.state.withLock { $0.sandboxes.isEmpty })
        #expect(try await agent.runtime.list() == [])
    }

    @Test func `a stop that an agent began is carried out by the next`() async throws {
        let stage = try await ContainerdStage()
        let spec = TaskSpec.shell("true")
        stage.containerd.fail(.stopContainer, RPCError(.cancelled, "the agent died"))
        do {
            let agent = try await stage.agent()
            try await agent.run(spec)
            try await agent.runtime.stop(spec.key, timeout: .seconds(9))
            try await eventually("the stop") {
                stage.containerd.calls(of: .stopContainer).count == 1
            }
        }
        let agent = try await stage.agent()
        let found = try await agent.runtime.list().first?.containers.first
        #expect(found?.stopRequested == true)
        _ = try await agent.exit(of: spec.key)
        let id = try #require(stage.containerd.container("main")?.id)
        #expect(stage.containerd.calls(of: .stopContainer) == ["\(id) 9", "\(id) 9"])
    }

    @Test func `one that was told to stop before it started does not start`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        try await agent.runtime.prepare(spec)
        try await agent.runtime.stop(spec.key, timeout: .seconds(1))
        for runtime in [agent.runtime, try await stage.agent().runtime] {
            _ = try await runtime.list()
            let error = await refusal { () throws(RuntimeError) in
                _ = try await runtime.start(spec.key)
            }
            #expect(error?.name == "CannotStartContainerError")
        }
    }

    @Test func `workers of one containerd don't see each other's tasks`() async throws {
        let stage = try await ContainerdStage()
        let other = try Fixture()
        try await stage.agent().run(.shell("true"))
        let stranger = try await ContainerdRuntime(
            .init(socket: stage.containerd.socket, dataFolder: other.dataFolder))
        #expect(try await stranger.list() == [])
    }

    @Test func `a port is held until its task is removed, over agents`() async throws {
        let stage = try await ContainerdStage()
        let spec = TaskSpec.shell("true", ports: [PortMapping(containerPort: 80)])
        let port = try #require(
            try await stage.agent().run(spec).networkBindings.first?.hostPort)
        let agent = try await stage.agent()
        _ = try await agent.runtime.list()
        let rival = TaskSpec.shell(
            "true", ports: [PortMapping(containerPort: 81, hostPort: port)])
        let error = await refusal { () throws(RuntimeError) in
            try await agent.runtime.prepare(rival)
        }
        #expect(error?.message.contains("is taken on this machine") == true)
        try await agent.runtime.remove(spec.id)
        try await agent.runtime.prepare(rival)
    }
}
