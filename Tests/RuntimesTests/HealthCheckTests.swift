import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct HealthChecks {
        private func shell(_ line: String, timeout: Int = 30) -> HealthCheck {
            HealthCheck(command: ["CMD-SHELL", line], timeout: timeout)
        }

        @Test(
            arguments: [
                (["CMD-SHELL", "exit 0"], true), (["CMD-SHELL", "exit 1"], false),
                (["CMD", "true"], true), (["CMD", "false"], false),
                (["CMD", "no-such-program"], false), (["CMD-SHELL", "kill -9 $$"], false),
                (["CMD", "test", "a b", "=", "a b"], true),
            ])
        func `a check passes when its program ends with 0`(
            command: [String], passes: Bool
        ) async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let check = HealthCheck(command: command, timeout: 30)
            #expect(try await agent.runtime.check(spec.key, check) == passes)
            try await agent.runtime.remove(spec.id)
        }

        @Test func `it has the container's environment and folder, and no output`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell(
                "touch here; exec sleep 60",
                environment: [EnvironmentVariable(name: "COLOUR", value: "blue")],
                ports: [PortMapping(containerPort: 80)])
            try await agent.run(spec)
            try await eventually("the container's file") {
                FileManager.default.fileExists(
                    atPath: fixture.folder(of: spec.key) + "/work/here")
            }
            let line = """
                echo noise; test -e here && test $COLOUR = blue && test -n "$PORT" \
                && test $MUSTER_CONTAINER_NAME = main
                """
            #expect(try await agent.runtime.check(spec.key, shell(line)) == true)
            #expect(try fixture.output(spec.key) == "")
            try await agent.runtime.remove(spec.id)
        }

        @Test func `one that is not done in time has failed, and nothing of it is left`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            let started = try await agent.run(spec)
            let line = "(setsid sleep 600 & echo $! >>pids); sleep 600 & echo $! >>pids; wait"
            #expect(try await agent.runtime.check(spec.key, shell(line, timeout: 1)) == false)
            let text = try String(
                contentsOfFile: fixture.folder(of: spec.key) + "/work/pids", encoding: .utf8)
            #expect(pids(text).count == 2)
            #expect(pids(text).allSatisfy { !isAlive($0) }, "its children are gone with it")
            #expect(isAlive(try #require(pid_t(started.runtimeID))), "the container is not")
            try await agent.runtime.remove(spec.id)
        }

        @Test func `what one that passed left behind is ended too`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            #expect(
                try await agent.runtime.check(
                    spec.key, shell("setsid sleep 600 & echo $! >pids; exit 0")) == true)
            let text = try String(
                contentsOfFile: fixture.folder(of: spec.key) + "/work/pids", encoding: .utf8)
            #expect(pids(text).count == 1 && pids(text).allSatisfy { !isAlive($0) })
            try await agent.runtime.remove(spec.id)
        }

        @Test func `the container's end ends the check`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let file = fixture.folder(of: spec.key) + "/work/pid"
            async let passed = agent.runtime.check(
                spec.key, shell("echo $$ >pid.new; mv pid.new pid; exec sleep 600", timeout: 60))
            try await eventually("the check") { FileManager.default.fileExists(atPath: file) }
            let checker = try #require(
                pids(try String(contentsOfFile: file, encoding: .utf8)).first)
            try await agent.runtime.stop(spec.key, timeout: .seconds(5))
            #expect(try await passed == nil)
            #expect(!isAlive(checker))
            #expect(try await agent.exit(of: spec.key).code == 143)
        }

        @Test func `a recovered container is checked, one that has ended is not`() async throws {
            let fixture = try Fixture()
            let spec = TaskSpec.shell("exec sleep 60")
            try await fixture.agent().run(spec)
            let next = try await fixture.agent()
            _ = try await next.runtime.list()
            #expect(try await next.runtime.check(spec.key, shell("true")) == true)
            try await next.runtime.stop(spec.key, timeout: .seconds(5))
            _ = try await next.exit(of: spec.key)
            #expect(try await next.runtime.check(spec.key, shell("true")) == nil)
        }

        @Test func `an agent that is to end does not wait for a check`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let check = shell("sleep 600", timeout: 60)
            let task = Task { try await agent.runtime.check(spec.key, check) }
            task.cancel()
            #expect(try await task.value == nil)
            try await agent.runtime.remove(spec.id)
        }
    }
}
