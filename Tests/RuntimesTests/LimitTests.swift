import Foundation
import Model
import Runtimes
import Synchronization
import Testing

extension RuntimesTests {
    @Suite struct Limits {
        private static let memory = "muster.capability.memory-limit"

        @Test func `a container gets the worker's default for open files unless it names its own`()
            async throws
        {
            let fixture = try Fixture()
            let runtime = try ProcessRuntime(
                .init(
                    dataFolder: fixture.dataFolder,
                    openFiles: Ulimit(name: "nofile", soft: 200, hard: 300)))
            let agent = Agent(runtime: runtime)
            await runtime.observe { event in agent.events.withLock { $0.append(event) } }
            let silent = TaskSpec.shell("ulimit -Sn; ulimit -Hn")
            let explicit = TaskSpec.shell("ulimit -Sn; ulimit -Hn") {
                $0.ulimits = [Ulimit(name: "nofile", soft: 100, hard: 150)]
            }
            for spec in [silent, explicit] {
                try await agent.run(spec)
                #expect(try await agent.exit(of: spec.key).code == 0)
            }
            #expect(try fixture.output(silent.key) == "200\n300\n")
            #expect(try fixture.output(explicit.key) == "100\n150\n")
        }

        /// Where the host lets the worker use control groups; elsewhere only the claim is tested.
        @Test func `a container over its memory is killed, and its end says so`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            guard agent.runtime.attributes.contains(where: { $0.name == Self.memory }) else {
                return
            }
            let spec = TaskSpec.of(
                ContainerDefinition(
                    name: "main", image: "x", cpu: 64, memory: 16, memoryReservation: 8,
                    command: ["tail", "/dev/zero"]))
            try await agent.run(spec)
            let exit = try await agent.exit(of: spec.key)
            #expect(exit.code == 137)
            #expect(exit.reason == "OutOfMemoryError: Container killed due to memory usage")
        }

        @Test func `a container within its memory runs, and its groups go with it`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("cat /proc/self/cgroup") {
                $0.memory = 64
                $0.cpu = 256
            }
            try await agent.run(spec)
            #expect(try await agent.exit(of: spec.key).code == 0)
            guard agent.runtime.attributes.contains(where: { $0.name == Self.memory }) else {
                return
            }
            let groups = try fixture.output(spec.key)
            #expect(groups.contains("muster/\(spec.id)-main"))
            // Other groups of the host come and go meanwhile.
            let left = FileManager.default.enumerator(atPath: "/sys/fs/cgroup")
            while let path = left?.nextObject() as? String {
                #expect(!path.contains("\(spec.id)-main"))
            }
        }

        @Test func `limits are written in the form of each version of control groups`() {
            var container = ContainerDefinition(name: "main", image: "x", cpu: 1_024, memory: 64)
            container.memoryReservation = 32
            let unified = Cgroups(memory: "/g", cpu: "/g", isUnified: true)
            #expect(
                unified.settings(of: container).map { "\($0.file) \($0.value)" } == [
                    "memory.max 67108864", "memory.swap.max 0", "memory.low 33554432",
                    "cpu.weight 39",
                ])
            let separate = Cgroups(memory: "/m", cpu: "/c", isUnified: false)
            #expect(
                separate.settings(of: container).map { "\($0.file) \($0.value)" } == [
                    "memory.limit_in_bytes 67108864", "memory.memsw.limit_in_bytes 67108864",
                    "memory.soft_limit_in_bytes 33554432", "cpu.shares 1024",
                ])
            let none = Cgroups(memory: nil, cpu: nil, isUnified: false)
            #expect(none.settings(of: container).isEmpty)
        }

        @Test func `the runtime claims nothing that it can't do`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let names = agent.runtime.attributes.map(\.name)
            for driver in ["awslogs", "json-file"] {
                #expect(names.contains("com.amazonaws.ecs.capability.logging-driver.\(driver)"))
            }
            #expect(names.contains("ecs.capability.container-health-check"))
            for absent in ["task-eni", "secrets", "privileged", "volume"] {
                #expect(!names.contains { $0.contains(absent) }, "\(absent)")
            }
        }
    }
}
