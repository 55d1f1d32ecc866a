import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct Restarts {
        private func spec(_ script: String) -> TaskSpec {
            var spec = TaskSpec.shell(script)
            spec.containers[0].restartPolicy = RestartPolicy()
            spec.containers[0].portMappings = [PortMapping(containerPort: 80)]
            return spec
        }

        @Test func `a container that ended runs again, with its ports, and its output goes on`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = spec("echo $PORT; exit 3")
            let first = try await agent.run(spec)
            #expect(try await agent.exit(of: spec.key).code == 3)
            let second = try await agent.runtime.restart(spec.key, number: 1)
            #expect(second.networkBindings == first.networkBindings)
            #expect(second.runtimeID != first.runtimeID)
            #expect(try await agent.exits(2, of: spec.key).map(\.code) == [3, 3])
            let port = try #require(first.networkBindings.first?.hostPort)
            #expect(try fixture.output(spec.key) == "\(port)\n\(port)\n")
            let found = try await agent.runtime.list()
            #expect(found.first?.containers.first?.restarts == 1)
        }

        @Test func `asking twice for one restart is asking once`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = spec("echo run; [ $(wc -l < ../output.log) -gt 1 ] && sleep 60; exit 1")
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            let one = try await agent.runtime.restart(spec.key, number: 1)
            let other = try await agent.runtime.restart(spec.key, number: 1)
            #expect(one.runtimeID == other.runtimeID)
            try await agent.runtime.remove(spec.id)
        }

        @Test func `one that was told to stop does not`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = spec("sleep 60")
            try await agent.run(spec)
            try await agent.runtime.stop(spec.key, timeout: .seconds(5))
            _ = try await agent.exit(of: spec.key)
            let refusal = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.restart(spec.key, number: 1)
            }
            #expect(refusal?.name == "CannotStartContainerError")
        }

        @Test func `a restart that an agent's death cut short is prepared for the next agent`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = spec("exit 3")
            try await agent.run(spec)
            let exit = try await agent.exit(of: spec.key)
            let pid = try #require(fixture.record("started", of: spec.key)["pid"])
            // The wish is on disk, the records of the run that ended are still there.
            let folder = fixture.folder(of: spec.key)
            try "number 1\nafter \(exit.finishedAt.milliseconds)\npid \(pid)\n"
                .write(toFile: folder + "/restart", atomically: true, encoding: .utf8)
            let next = try await fixture.agent()
            let found = try #require(try await next.runtime.list().first?.containers.first)
            #expect(found.state == .prepared && found.restarts == 1)
            _ = try await next.runtime.restart(spec.key, number: 1)
            #expect(try await next.exit(of: spec.key).code == 3)
        }
    }
}
