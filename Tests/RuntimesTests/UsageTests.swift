import CRI
import Model
import RPC
import Runtimes
import Synchronization
import Testing

extension RuntimesTests {
    @Suite struct Usage {
        @Test func `what a container uses is told while it runs, and of all its processes`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let busy = TaskSpec.shell("sleep 600 & while :; do :; done")
            let idle = TaskSpec.shell("exec sleep 600")
            try await agent.run(busy)
            try await agent.run(idle)
            try await eventually("a tenth of a second of CPU time") {
                try await Self.usage(of: busy.key, agent)?.cpuTime ?? 0 > 100_000_000
            }
            let used = try #require(try await Self.usage(of: busy.key, agent))
            #expect(used.processes == 2)
            #expect(used.memory > 0)
            #expect(used.network == nil, "the network is the host's")
            #expect(try await Self.usage(of: idle.key, agent)?.processes == 1)

            try await agent.runtime.stop(busy.key, timeout: .zero)
            _ = try await agent.exit(of: busy.key)
            #expect(try await Self.usage(of: busy.key, agent) == nil)
            #expect(try await agent.runtime.usage().count == 1)
        }

        @Test func `a container's own control groups tell its memory and its limit`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let name = "muster.capability.memory-limit"
            guard agent.runtime.attributes.contains(where: { $0.name == name }) else { return }
            let spec = TaskSpec.shell("exec sleep 600") { $0.memory = 64 }
            try await agent.run(spec)
            let used = try #require(try await Self.usage(of: spec.key, agent))
            #expect(used.memoryLimit == 64 << 20)
            #expect(used.memory > 0 && used.memory < 64 << 20)
        }

        @Test func `another agent measures what it finds`() async throws {
            let fixture = try Fixture()
            let spec = TaskSpec.shell("exec sleep 600")
            try await fixture.agent().run(spec)
            let next = try await fixture.agent()
            _ = try await next.runtime.list()
            #expect(try await Self.usage(of: spec.key, next)?.processes == 1)
        }

        private static func usage(
            of key: ContainerKey, _ agent: Agent
        ) async throws -> RuntimeUsage? {
            try await agent.runtime.usage().first { $0.container == key }
        }
    }
}

extension RuntimesTests.Containerd {
    @Test func `containerd tells what a container uses, and its sandbox's network`() async throws {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        #expect(try await agent.runtime.usage().isEmpty)
        let spec = TaskSpec.of(
            ContainerDefinition(name: "web", image: "nginx", memory: 64, command: ["-v"]))
        try await agent.run(spec)
        #expect(
            try await agent.runtime.usage() == [
                RuntimeUsage(
                    container: spec.key, cpuTime: 5_000_000_000, memory: 7 << 20,
                    memoryLimit: 64 << 20, network: .init(received: 100, sent: 200))
            ])
        stage.containerd.state.withLock {
            $0.failures[.listPodSandboxStats] = [.init(.notFound, "a sandbox is gone")]
        }
        #expect(try await agent.runtime.usage().map(\.network) == [nil])
    }
}
