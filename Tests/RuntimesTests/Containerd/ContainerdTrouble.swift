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

    @Test func `a containerd that can run nothing is said to be at fault`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        #expect(await agent.runtime.fault() == nil)
        // A containerd of version 2 says so of settings that it only advises against.
        let advice = RuntimeCondition(type: "ContainerdHasNoDeprecationWarnings", text: "mirrors")
        stage.containerd.state.withLock { $0.conditions = [advice] }
        #expect(await agent.runtime.fault() == nil)
        let unmet = RuntimeCondition(type: "NetworkReady", text: "no network config found")
        stage.containerd.state.withLock { $0.conditions = [advice, unmet] }
        let fault = await agent.runtime.fault()
        #expect(fault?.hasSuffix("is not ready (NetworkReady: no network config found).") == true)
        stage.containerd.state.withLock { $0.conditions = [] }
        stage.containerd.fail(.status, RPCError(.internalError, "broken"))
        #expect(await agent.runtime.fault()?.contains("does not answer: broken") == true)
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
        let other = TaskSpec.of(ContainerDefinition(name: "other", image: "a"))
        do { try await stage.agent().run(other) }
        stage.containerd.change("other") { $0.state = .unknown }
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

    @Test func `no port is held while images are fetched`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let ports = [PortMapping(containerPort: 80, hostPort: 48_123)]
        let slow = TaskSpec.shell("true", ports: ports)
        let quick = TaskSpec.of(
            ContainerDefinition(name: "main", image: "here", portMappings: ports))
        stage.containerd.state.withLock { _ = $0.images.insert("here") }
        let other = try await stage.agent(pulls: .preferCached)
        stage.containerd.state.withLock { _ = $0.held.insert(.pullImage) }
        let preparing = Task { try await agent.runtime.prepare(slow) }
        try await eventually("the pull") {
            stage.containerd.state.withLock { $0.heldCount } == 1
        }
        try await other.runtime.prepare(quick)
        stage.containerd.release()
        await #expect(throws: RuntimeError.self) { try await preparing.value }
        // Once the port is free it can be had.
        try await other.runtime.remove(quick.id)
        try await agent.runtime.prepare(slow)
    }

    @Test func `a prepare that fails late leaves no sandbox, or remove does not`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        var spec = TaskSpec.shell("true")
        spec.networkMode = .awsvpc
        stage.containerd.fail(.podSandboxStatus, RPCError(.unknown, "no"))
        let error = await refusal { () throws(RuntimeError) in
            try await agent.runtime.prepare(spec)
        }
        #expect(error?.name == "CannotCreateContainerError")
        #expect(stage.containerd.state.withLock { $0.sandboxes.isEmpty })

        stage.containerd.fail(.podSandboxStatus, RPCError(.unknown, "no"))
        stage.containerd.fail(.stopPodSandbox, RPCError(.unknown, "not that either"))
        _ = await refusal { () throws(RuntimeError) in try await agent.runtime.prepare(spec) }
        #expect(stage.containerd.state.withLock { $0.sandboxes.count } == 1)
        try await agent.runtime.remove(spec.id)
        #expect(stage.containerd.state.withLock { $0.sandboxes.isEmpty })
    }

    @Test func `nothing runs of a start that failed`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        try await agent.runtime.prepare(spec)
        // It has started when the question fails.
        stage.containerd.fail(.containerStatus, RPCError(.unknown, "no"))
        let error = await refusal { () throws(RuntimeError) in
            _ = try await agent.runtime.start(spec.key)
        }
        #expect(error?.name == "CannotStartContainerError")
        #expect(stage.containerd.container("main")?.value.status.state == .exited)
        #expect(agent.events.withLock { $0.isEmpty })
    }

    @Test func `a start that ended with its agent is made again by the next`() async throws {
        let stage = try await ContainerdStage()
        let spec = TaskSpec.shell("true")
        stage.containerd.fail(.startContainer, RPCError(.cancelled, "the agent died"))
        do {
            let agent = try await stage.agent()
            try await agent.runtime.prepare(spec)
            _ = try? await agent.runtime.start(spec.key)
        }
        stage.containerd.change("main") { status in
            (status.state, status.exitCode, status.reason) = (.exited, 128, "StartError")
            status.text = "failed to create task: context canceled"
        }
        let agent = try await stage.agent()
        let found = try await agent.runtime.list().first?.containers.first
        #expect(found?.state == .prepared)
        let started = try await agent.runtime.start(spec.key)
        let containers = stage.containerd.state.withLock { Array($0.containers.keys) }
        #expect(containers == [started.runtimeID])
        #expect(stage.containerd.container("main")?.value.config.metadata?.attempt == 1)
    }

    @Test func `a restart runs the image that its container ran`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.of(
            ContainerDefinition(
                name: "main", image: "registry.test:5000/shell:1", restartPolicy: RestartPolicy()))
        try await agent.run(spec)
        stage.containerd.state.withLock {
            _ = $0.images.insert("registry.test:5000/shell@sha256:feed")
        }
        stage.containerd.exit("main", code: 1)
        _ = try await agent.exit(of: spec.key)
        let second = try await agent.runtime.restart(spec.key, number: 1)
        let image = stage.containerd.container("main")?.value.config.image?.image
        #expect(image == "registry.test:5000/shell@sha256:feed")
        #expect(second.imageDigest == "sha256:feed")
    }
}
