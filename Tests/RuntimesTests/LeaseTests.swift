import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    /// Containers of tasks with `muster:on-lost=stop`, whose supervisors stop them when no agent
    /// has said for too long that the worker has a manager.
    @Suite struct Lease {
        /// Milliseconds of the clock that the lease is told in.
        static var now: Int64 {
            var time = timespec()
            clock_gettime(CLOCK_BOOTTIME, &time)
            return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        }

        func mortal(_ spec: TaskSpec) -> TaskSpec {
            var spec = spec
            spec.onLost = .stop
            return spec
        }

        @Test func `what nobody renews ends by itself, though its agent is dead`() async throws {
            let fixture = try Fixture()
            let spec = mortal(.shell("trap 'exit 6' TERM; while :; do sleep 0.01; done"))
            let until = Self.now + 500
            do {
                let first = try await fixture.agent()
                first.runtime.keep(until: until)
                try await first.run(spec)
            }
            try await eventually("the end") {
                (try? fixture.record("exit", of: spec.key)) != nil
            }
            #expect(Self.now >= until + 1_000)
            let second = try await fixture.agent()
            guard case .exited(_, let exit) = try await second.state(of: spec.key)?.state else {
                throw CancellationError()
            }
            #expect(exit.code == 6)
            #expect(exit.reason?.contains("lost its manager (muster:on-lost=stop)") == true)
        }

        @Test func `what ignores SIGTERM then is killed after its timeout`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = mortal(.shell(Stopping.stubborn) { $0.stopTimeout = 1 })
            let until = Self.now + 300
            agent.runtime.keep(until: until)
            try await agent.run(spec)
            #expect(try await agent.exit(of: spec.key).code == 137)
            #expect(Self.now >= until + 2_000)
        }

        @Test func `what is renewed goes on, also by another agent`() async throws {
            let fixture = try Fixture()
            let spec = mortal(.shell("exec sleep 1000"))
            let until = Self.now + 300
            do {
                let first = try await fixture.agent()
                first.runtime.keep(until: until)
                try await first.run(spec)
            }
            let second = try await fixture.agent()
            second.runtime.keep(until: Self.now + 60_000)
            try await eventually("the first time is over") { Self.now > until + 2_200 }
            guard case .running = try await second.state(of: spec.key)?.state else {
                throw CancellationError()
            }
        }

        @Test func `containers end in the order of their dependencies`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let sleep = ["sleep", "1000"]
            var spec = mortal(
                .of(
                    ContainerDefinition(name: "db", image: "i", command: sleep, stopTimeout: 1),
                    ContainerDefinition(
                        name: "web", image: "i", command: sleep, stopTimeout: 1,
                        dependsOn: [ContainerDependency(container: "db", condition: .start)])))
            spec.group = "family:order"
            agent.runtime.keep(until: Self.now + 500)
            try await agent.runtime.prepare(spec)
            for container in spec.containers {
                _ = try await agent.runtime.start(
                    ContainerKey(task: spec.id, name: container.name))
            }
            let web = try await agent.exit(of: ContainerKey(task: spec.id, name: "web"))
            let db = try await agent.exit(of: ContainerKey(task: spec.id, name: "db"))
            #expect(db.finishedAt.milliseconds - web.finishedAt.milliseconds >= 900)
        }

        @Test(arguments: ["", "99999999999999 99999999999999 another-boot\n", "7 8 torn\n"])
        func `nothing starts where nobody said that there is a manager`(left: String) async throws {
            let fixture = try Fixture()
            let folder = fixture.dataFolder + "/lease"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: false)
            try left.write(toFile: folder + "/until", atomically: false, encoding: .utf8)
            let agent = try await fixture.agent()
            let spec = mortal(.shell("exit 0"))
            try await agent.runtime.prepare(spec)
            let error = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.start(spec.key)
            }
            #expect(error?.message.contains("may not start while the worker has no") == true)
            #expect(try await agent.state(of: spec.key)?.state == .prepared)
        }
    }
}
