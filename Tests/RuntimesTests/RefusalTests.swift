import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct Refusing {
        @Test func `an image without a command can't be run`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.of(ContainerDefinition(name: "main", image: "nginx:1.27"))
            let error = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.prepare(spec)
            }
            #expect(error?.name == "CannotPullContainerError")
            #expect(error?.message.contains("nginx:1.27") == true)
            #expect(error?.message.contains("image map") == true)
            #expect(try await agent.runtime.list().isEmpty)
        }

        @Test func `a program that is not there fails the start, with the reason`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.of(
                ContainerDefinition(name: "main", image: "x", command: ["no-such-program"]))
            try await agent.runtime.prepare(spec)
            let error = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.start(spec.key)
            }
            #expect(error?.name == "CannotStartContainerError")
            #expect(error?.message.contains("no-such-program") == true)
            #expect(error?.message.contains("No such file or directory") == true)
            let found = try await agent.state(of: spec.key)
            guard case .exited(_, let exit) = found?.state else {
                Issue.record("\(String(describing: found))")
                return
            }
            #expect(exit.code == nil)
            #expect(exit.reason == error?.reason)
            #expect(agent.exits(of: spec.key).isEmpty)
        }

        @Test func `a working directory that is not there fails the start`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exit 0") { $0.workingDirectory = "/no/such/folder" }
            try await agent.runtime.prepare(spec)
            let error = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.start(spec.key)
            }
            #expect(error?.message.contains("/no/such/folder") == true)
        }

        @Test(arguments: [
            ("user", "no-such-user"), ("ulimit", "no-such-limit"), ("name", "a/b"),
            ("name", ".."), ("nul", "NUL"), ("directory", "relative/path"),
        ])
        func `what can't be done is refused before anything is made`(
            what: String, text: String
        ) async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exit 0", ports: [PortMapping(containerPort: 80)]) {
                switch what {
                case "user": $0.user = text
                case "ulimit": $0.ulimits = [Ulimit(name: text, soft: 1, hard: 1)]
                case "name": $0.name = text
                case "directory": $0.workingDirectory = text
                default: $0.command.append("a\0b")
                }
            }
            let error = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.prepare(spec)
            }
            #expect(error?.name == "CannotCreateContainerError")
            #expect(error?.message.contains(text) == true)
            #expect(try await agent.runtime.list().isEmpty)
        }

        @Test func `a container that was not prepared can't be started`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let error = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.start(TaskSpec.shell("exit 0").key)
            }
            #expect(error?.name == "CannotStartContainerError")
        }

        @Test func `a container runs once`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exit 0")
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            await #expect(throws: RuntimeError.self) { try await agent.runtime.start(spec.key) }
        }

        @Test func `a missing supervisor program is a sentence`() async throws {
            let fixture = try Fixture()
            let error = #expect(throws: RuntimeError.self) {
                try ProcessRuntime(.init(dataFolder: fixture.dataFolder, supervisor: "/no/program"))
            }
            #expect(error?.message.contains("/no/program") == true)
        }
    }
}
