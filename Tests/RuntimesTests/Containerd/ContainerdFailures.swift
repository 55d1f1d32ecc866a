import CRI
import Model
import RPC
import Runtimes
import Synchronization
import Testing

// What goes wrong, and what is said of it.
extension RuntimesTests.Containerd {
    @Test func `a pull that fails leaves nothing, and the next one may succeed`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true", ports: [PortMapping(containerPort: 80)])
        stage.containerd.fail(.pullImage, RPCError(.notFound, "shell: not found"))
        let error = await refusal { () throws(RuntimeError) in
            try await agent.runtime.prepare(spec)
        }
        #expect(error?.name == "CannotPullContainerError")
        #expect(error?.message.contains("Check the name and the tag") == true)
        #expect(try await agent.runtime.list() == [])
        #expect(try stage.fixture.files(below: "tasks") == [])
        try await agent.run(spec)
    }

    @Test(arguments: ImagePullBehavior.allCases)
    func `images are fetched as the behaviour says`(pulls: ImagePullBehavior) async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent(pulls: pulls)
        stage.containerd.state.withLock { _ = $0.images.insert("shell") }
        try await agent.runtime.prepare(.shell("true"))
        try await agent.runtime.prepare(.shell("true"))
        let expected =
            switch pulls {
            case .default, .always: 2
            case .once: 1
            case .preferCached: 0
            }
        #expect(stage.containerd.calls(of: .pullImage).count == expected)
        // With an image on the host only `always` depends on the registry.
        stage.containerd.fail(.pullImage, RPCError(.unknown, "no registry"))
        let error = await refusal { () throws(RuntimeError) in
            try await agent.runtime.prepare(.shell("true"))
        }
        #expect((error != nil) == (pulls == .always))
    }

    @Test func `a name that is left reserved is not an obstacle`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        stage.containerd.fail(
            .runPodSandbox, RPCError(.unknown, "failed to reserve sandbox name \"x\""))
        stage.containerd.fail(
            .createContainer, RPCError(.unknown, "failed to reserve container name \"x\""))
        try await agent.run(.shell("true"))
        let attempts = stage.containerd.state.withLock { state in
            state.sandboxes.values.map { $0.config.metadata?.attempt }
                + state.containers.values.map { $0.config.metadata?.attempt }
        }
        #expect(attempts == [1, 1])
    }

    @Test func `the folder of a snapshot that a killed containerd left is not an obstacle`()
        async throws
    {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let left = RPCError(
            .unknown,
            "failed to create containerd container: failed to rename: rename "
                + "/x/snapshots/new-1 /x/snapshots/16: file exists")
        stage.containerd.fail(.runPodSandbox, left, left)
        stage.containerd.fail(.createContainer, left)
        try await agent.run(.shell("true"))
    }

    @Test func `a container that can't be made or started says why, and has no end`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let one = TaskSpec.shell("true")
        let other = TaskSpec.shell("true")
        stage.containerd.fail(.createContainer, RPCError(.notFound, "no image"))
        let created = await refusal { () throws(RuntimeError) in _ = try await agent.start(one) }
        #expect(created?.name == "CannotCreateContainerError")
        stage.containerd.fail(.startContainer, RPCError(.unknown, "no such program"))
        let started = await refusal { () throws(RuntimeError) in _ = try await agent.start(other) }
        #expect(started?.name == "CannotStartContainerError")
        #expect(started?.message.contains("no such program") == true)
        #expect(agent.events.withLock { $0.isEmpty })
    }

    @Test func `while containerd is away its work waits, and nothing has ended`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        try await agent.run(spec)
        await stage.containerd.stop()
        let next = Task { try await agent.run(.shell("true")) }
        try await stage.containerd.start()
        _ = try await next.value
        #expect(agent.events.withLock { $0.isEmpty })
        // What ended meanwhile is seen, and what ends later too.
        stage.containerd.exit("main", code: 4)
        try await eventually("an end") { agent.events.withLock { !$0.isEmpty } }
    }

    @Test func `a containerd that has just started is waited for`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let early = RPCError(.unknown, "server is not initialized yet")
        for method: CRIMethod in [.imageStatus, .runPodSandbox, .createContainer, .startContainer] {
            stage.containerd.fail(method, early)
        }
        try await agent.run(.shell("true"))
    }

    @Test func `an answer that is lost does not start a container twice`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        stage.containerd.fail(.runPodSandbox, RPCError(.unavailable, "gone"))
        stage.containerd.fail(.createContainer, RPCError(.unavailable, "gone"))
        stage.containerd.fail(.startContainer, RPCError(.unavailable, "gone"))
        try await agent.run(spec)
        #expect(stage.containerd.state.withLock { $0.sandboxes.count } == 1)
        #expect(stage.containerd.calls(of: .startContainer).count == 2)
    }

    @Test func `what CRI has no word for is refused before anything is made`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let specs: [TaskSpec] = [
            .shell("true") { $0.ulimits = [Ulimit(name: "nofile", soft: 1, hard: 1)] },
            .shell("true") { $0.gpus = 1 }, .shell("true") { $0.user = "web:staff" },
            .shell("true") { $0.workingDirectory = "here" },
        ]
        for spec in specs {
            let error = await refusal { () throws(RuntimeError) in
                try await agent.runtime.prepare(spec)
            }
            #expect(error?.name == "CannotCreateContainerError")
        }
        #expect(stage.containerd.calls(of: .pullImage) == [])
        let names = agent.runtime.attributes.map(\.name)
        #expect(!names.contains("muster.capability.ulimits"))
    }

    @Test func `a folder of the process runtime is not taken`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.fixture.agent()
        let spec = TaskSpec.shell("true")
        try await agent.runtime.prepare(spec)
        let error = await refusal { () throws(RuntimeError) in
            _ = try await ContainerdRuntime(
                .init(
                    socket: stage.containerd.socket, dataFolder: stage.fixture.dataFolder))
        }
        #expect(error?.message.contains("--runtime process") == true)
        #expect(try await agent.state(of: spec.key)?.state == .prepared)
    }

    @Test func `without containerd there is advice`() async throws {
        let fixture = try Fixture()
        let error = await refusal { () throws(RuntimeError) in
            _ = try await ContainerdRuntime(
                .init(socket: "/nowhere/containerd.sock", dataFolder: fixture.dataFolder))
        }
        #expect(error?.message.contains("apt-get install containerd") == true)
    }
}

extension ContainerdAgent {
    /// Prepares and starts a task, with the runtime's own errors.
    fileprivate func start(_ spec: TaskSpec) async throws(RuntimeError) -> StartedContainer {
        try await runtime.prepare(spec)
        return try await runtime.start(spec.key)
    }
}
