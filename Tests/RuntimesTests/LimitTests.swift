import FoundationEssentials
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct Limits {
        private static let memory = "muster.capability.memory-limit"

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
            let left = try FileManager.default.subpathsOfDirectory(atPath: "/sys/fs/cgroup")
            #expect(!left.contains { $0.contains("\(spec.id)-main") })
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
            #expect(names.contains("com.amazonaws.ecs.capability.logging-driver.json-file"))
            for absent in [
                "task-eni", "awslogs", "health-check", "secrets", "privileged", "volume",
            ] {
                #expect(!names.contains { $0.contains(absent) }, "\(absent)")
            }
        }
    }
}
