import CRI
import Model
import RPC
import Runtimes
import Synchronization
import Testing

extension RuntimesTests.Containerd {
    @Test func `a task becomes a sandbox and containers, and its end is told once`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.of(
            ContainerDefinition(
                name: "web", image: "nginx", cpu: 256, memory: 64, command: ["-v"],
                environment: [.init(name: "A", value: "b")], user: "33:4",
                portMappings: [PortMapping(containerPort: 80)]))
        let started = try await agent.run(spec)
        #expect(started.imageDigest == "sha256:feed")
        #expect(started.startedAt == WallTime(milliseconds: 1_000))
        #expect(started.networkBindings.map(\.containerPort) == [80])

        let made = try #require(stage.containerd.container("web"))
        #expect(started.runtimeID == made.id)
        let config = made.value.config
        #expect(config.image?.image == "nginx")
        #expect(config.command == [] && config.arguments == ["-v"])
        #expect(config.environment["A"] == "b")
        // In a network of its own the program listens where the definition says.
        #expect(config.environment["PORT"] == "80")
        #expect(config.environment["MUSTER_TASK_ARN"] == spec.arn)
        #expect(config.linux?.resources?.cpuShares == 256)
        #expect(config.linux?.resources?.memory == 64 << 20)
        #expect(config.linux?.security?.user?.value == 33)
        #expect(config.linux?.security?.group?.value == 4)
        #expect(config.linux?.security?.namespaces?.pid == .container)
        let sandbox = try #require(stage.containerd.state.withLock { $0.sandboxes.values.first })
        #expect(sandbox.config.ports.map(\.containerPort) == [80])
        #expect(
            sandbox.config.ports.map(\.hostPort)
                == started.networkBindings.map {
                    Int32($0.hostPort)
                })

        stage.containerd.exit("web", code: 3)
        let exit = try await agent.exit(of: spec.key)
        #expect(exit == ContainerExit(code: 3, finishedAt: WallTime(milliseconds: 2_000)))
        try await agent.runtime.remove(spec.id)
        #expect(stage.containerd.state.withLock { $0.sandboxes.isEmpty && $0.containers.isEmpty })
        #expect(agent.exits(of: spec.key).count == 1)
    }

    @Test(
        arguments: [
            ("OOMKilled", 137 as Int32, 137 as Int?, "OutOfMemoryError"),
            // A child was killed, and the container went on.
            ("OOMKilled", 5, 5, nil), ("Unknown", 255, nil, "The host restarted"),
            ("Error", 137, 137, nil), ("Completed", 0, 0, nil),
        ] as [(String, Int32, Int?, String?)])
    func `an end has containerd's code and a sentence where there is more to say`(
        reason: String, code: Int32, expected: Int?, words: String?
    ) async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        try await agent.run(spec)
        stage.containerd.exit("main", code: code, reason: reason)
        let exit = try await agent.exit(of: spec.key)
        #expect(exit.code == expected)
        #expect(words.map { exit.reason?.contains($0) == true } ?? (exit.reason == nil))
    }

    @Test func `an end is seen without events too`() async throws {
        let stage = try await ContainerdStage()
        stage.containerd.state.withLock { $0.hasEvents = false }
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        try await agent.run(spec)
        stage.containerd.exit("main", code: 0)
        #expect(try await agent.exit(of: spec.key).code == 0)
    }

    @Test func `containers of a sandbox that is gone are stopped`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true") { $0.stopTimeout = 7 }
        let started = try await agent.run(spec)
        try await eventually("the events") {
            stage.containerd.state.withLock { !$0.subscribers.isEmpty }
        }
        stage.containerd.loseSandboxes()
        _ = try await agent.exit(of: spec.key)
        #expect(stage.containerd.calls(of: .stopContainer) == ["\(started.runtimeID) 7"])
    }

    @Test func `no more than a few containers are made at a time`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent(startsMaximum: 2)
        stage.containerd.state.withLock { _ = $0.held.insert(.runPodSandbox) }
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<5 {
                group.addTask { try await agent.runtime.prepare(.shell("true")) }
            }
            try await eventually("two calls") {
                stage.containerd.state.withLock { $0.heldCount } == 2
            }
            // The others are told when one of these is done, all of which come through here.
            #expect(stage.containerd.calls(of: .runPodSandbox).count == 2)
            stage.containerd.release()
        }
        #expect(stage.containerd.calls(of: .runPodSandbox).count == 5)
    }

    @Test func `a restart is another container in the same sandbox, once`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true") { $0.restartPolicy = RestartPolicy() }
        let first = try await agent.run(spec)
        stage.containerd.exit("main", code: 1)
        _ = try await agent.exit(of: spec.key)
        let second = try await agent.runtime.restart(spec.key, number: 1)
        #expect(second.runtimeID != first.runtimeID)
        #expect(try await agent.runtime.restart(spec.key, number: 1) == second)
        let (sandboxes, containers) = stage.containerd.state.withLock {
            ($0.sandboxes.count, Array($0.containers.keys))
        }
        #expect(sandboxes == 1 && containers == [second.runtimeID])
        let next = try await stage.agent()
        let found = try #require(try await next.runtime.list().first?.containers.first)
        #expect(found.restarts == 1 && found.state == .running(second))
    }

    @Test func `a health check is a program in the container`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        let spec = TaskSpec.shell("true")
        let check = HealthCheck(command: ["CMD-SHELL", "true"], timeout: 2)
        try await agent.run(spec)
        #expect(try await agent.runtime.check(spec.key, check) == true)
        stage.containerd.state.withLock { $0.checkCode = 1 }
        #expect(try await agent.runtime.check(spec.key, check) == false)
        stage.containerd.fail(.execSync, RPCError(.deadlineExceeded, "too long"))
        #expect(try await agent.runtime.check(spec.key, check) == false)
        // Nobody can tell while containerd is away.
        stage.containerd.fail(.execSync, RPCError(.unavailable, "away"))
        #expect(try await agent.runtime.check(spec.key, check) == nil)
        stage.containerd.exit("main", code: 1)
        _ = try await agent.exit(of: spec.key)
        #expect(try await agent.runtime.check(spec.key, check) == nil)
    }

    @Test func `the network mode decides on ports and addresses`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        var spec = TaskSpec.shell("true", ports: [PortMapping(containerPort: 80)])
        spec.networkMode = .awsvpc
        let started = try await agent.run(spec)
        #expect(started.address == "10.87.1.2" && started.networkBindings == [])
        try await agent.runtime.remove(spec.id)

        spec.networkMode = .host
        let onHost = try await agent.run(spec)
        #expect(onHost.address == nil && onHost.networkBindings.count == 1)
        let made = try #require(stage.containerd.container("main")?.value.config)
        #expect(made.environment["PORT"] == onHost.networkBindings.first.map { "\($0.hostPort)" })
        #expect(made.linux?.security?.namespaces?.network == .node)
        let sandbox = stage.containerd.state.withLock { $0.sandboxes.values.first?.config }
        #expect(sandbox?.ports == [] && sandbox?.hostname == "")
    }

    @Test(
        arguments: [
            (nil, nil, .container, .pod), (.host, .host, .node, .node), (.task, .task, .pod, .pod),
        ] as [(NamespaceSharing?, NamespaceSharing?, NamespaceMode, NamespaceMode)])
    func `whose processes and shared memory a container sees is the task's to say`(
        pidMode: NamespaceSharing?, ipcMode: NamespaceSharing?, pid: NamespaceMode,
        ipc: NamespaceMode
    ) async throws {
        let stage = try await ContainerdStage()
        var spec = TaskSpec.shell("true")
        spec.pidMode = pidMode
        spec.ipcMode = ipcMode
        try await stage.agent().run(spec)
        let made = try #require(stage.containerd.container("main")?.value.config)
        let sandbox = stage.containerd.state.withLock { $0.sandboxes.values.first?.config }
        let namespaces = NamespaceOption(network: .pod, pid: pid, ipc: ipc)
        #expect(made.linux?.security?.namespaces == namespaces)
        #expect(sandbox?.linux?.security?.namespaces == namespaces)
        // The system calls of every container are those that containerd has for it.
        #expect(made.linux?.security?.systemCalls == SecurityProfile(.runtimeDefault))
    }
}
