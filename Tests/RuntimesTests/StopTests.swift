import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct Stopping {
        /// Ready once it printed its first line; ignores SIGTERM, as does its child.
        static let stubborn = "trap '' TERM; sleep 1000 & echo $!; while :; do wait; done"

        @Test func `a container that heeds SIGTERM ends as it likes`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell(
                "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done")
            try await agent.run(spec)
            try await eventually("ready") { try fixture.output(spec.key) == "ready\n" }
            try await agent.runtime.stop(spec.key, timeout: .seconds(30))
            #expect(try await agent.exit(of: spec.key).code == 5)
            #expect(try await agent.state(of: spec.key)?.stopRequested == true)
        }

        @Test
        func `a container that ignores SIGTERM is killed after the timeout, with its children`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell(Self.stubborn)
            try await agent.run(spec)
            try await eventually("ready") { try !fixture.output(spec.key).isEmpty }
            let clock = ContinuousClock()
            let began = clock.now
            try await agent.runtime.stop(spec.key, timeout: .milliseconds(300))
            #expect(try await agent.exit(of: spec.key).code == 137)
            #expect(began.duration(to: clock.now) >= .milliseconds(300))
            #expect(try !pids(fixture.output(spec.key)).contains { isAlive($0) })
        }

        @Test func `a stop goes on without the agent that asked for it`() async throws {
            let fixture = try Fixture()
            let spec = TaskSpec.shell(Self.stubborn)
            do {
                let first = try await fixture.agent()
                try await first.run(spec)
                try await eventually("ready") { try !fixture.output(spec.key).isEmpty }
                try await first.runtime.stop(spec.key, timeout: .milliseconds(300))
            }
            let second = try await fixture.agent()
            let found = try await second.state(of: spec.key)
            #expect(found?.stopRequested == true)
            if case .running = found?.state {
                #expect(try await second.exit(of: spec.key).code == 137)
            }
        }

        @Test func `a stop whose agent died before the signal is sent by the next`() async throws {
            let fixture = try Fixture()
            let spec = TaskSpec.shell("echo ready; exec sleep 1000")
            do {
                let first = try await fixture.agent()
                try await first.run(spec)
                try await eventually("ready") { try !fixture.output(spec.key).isEmpty }
            }
            try "30000".write(
                toFile: fixture.folder(of: spec.key) + "/stop", atomically: false, encoding: .utf8)
            let second = try await fixture.agent()
            #expect(try await second.state(of: spec.key)?.stopRequested == true)
            #expect(try await second.exit(of: spec.key).code == 143)
        }

        @Test func `a second stop may shorten the first`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell(Self.stubborn)
            try await agent.run(spec)
            try await eventually("ready") { try !fixture.output(spec.key).isEmpty }
            try await agent.runtime.stop(spec.key, timeout: .seconds(1_000))
            try await agent.runtime.stop(spec.key, timeout: .zero)
            #expect(try await agent.exit(of: spec.key).code == 137)
        }

        @Test func `stopping what never started keeps it from starting`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exit 0")
            try await agent.runtime.stop(spec.key, timeout: .zero)
            try await agent.runtime.prepare(spec)
            try await agent.runtime.stop(spec.key, timeout: .zero)
            await #expect(throws: RuntimeError.self) { try await agent.runtime.start(spec.key) }
            let found = try await agent.state(of: spec.key)
            #expect(found?.state == .prepared)
            #expect(found?.stopRequested == true)
        }

        @Test func `stopping what has ended changes nothing`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exit 3")
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            try await agent.runtime.stop(spec.key, timeout: .zero)
            let found = try await agent.state(of: spec.key)
            #expect(found?.stopRequested == false)
        }

        @Test func `removing a running task kills all of it and leaves only output`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell(Self.stubborn, environment: [.init(name: "KEY", value: "s3")])
            let started = try await agent.run(spec)
            try await eventually("ready") { try !fixture.output(spec.key).isEmpty }
            try await agent.runtime.remove(spec.id)
            let all = try pids(fixture.output(spec.key)) + [pid_t(started.runtimeID) ?? 0]
            #expect(!all.contains { isAlive($0) })
            #expect(fixture.supervisor(of: spec.key) == nil)
            #expect(try await agent.runtime.list().isEmpty)
            #expect(
                try fixture.files(below: "finished/\(spec.id)/main") == ["output.log"])
            #expect(try fixture.files(below: "finished/\(spec.id)") == ["main"])
            #expect(agent.exits(of: spec.key).isEmpty)
        }

        @Test func `folders that a container made read-only are removed`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("mkdir -p a/b; touch a/b/c; chmod 000 a/b; chmod 500 a")
            try await agent.run(spec)
            #expect(try await agent.exit(of: spec.key).code == 0)
            try await agent.runtime.remove(spec.id)
            #expect(
                try fixture.files(below: "finished/\(spec.id)/main") == ["output.log"])
        }

        @Test func `only so many removed tasks keep their output`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent(finishedTasksMaximum: 2)
            for _ in 0..<4 {
                let spec = TaskSpec.shell("echo hello")
                try await agent.run(spec)
                _ = try await agent.exit(of: spec.key)
                try await agent.runtime.remove(spec.id)
            }
            #expect(try fixture.files(below: "finished").count == 2)
        }
    }
}
