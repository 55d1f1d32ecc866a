import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct Suffering {
        private func processState(_ pid: pid_t) throws -> Character {
            let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            let rest = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst(2)
            return try #require(rest.first)
        }

        @Test func `containers stand still with all that they forked, and go on`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("sleep 1000 & echo $!; wait")
            let started = try await agent.run(spec)
            try await eventually("it has a child") { try !fixture.output(spec.key).isEmpty }
            let child = try #require(try pids(fixture.output(spec.key)).first)
            let all = [
                try #require(pid_t(started.runtimeID)), child,
                try #require(fixture.supervisor(of: spec.key)),
            ]
            #expect(try LocalContainers.count(dataFolder: fixture.dataFolder) == 1)
            try LocalContainers.setStill(true, dataFolder: fixture.dataFolder)
            for pid in all {
                try await eventually("\(pid) stands still") { try processState(pid) == "T" }
            }
            try LocalContainers.setStill(false, dataFolder: fixture.dataFolder)
            for pid in all {
                try await eventually("\(pid) goes on") { try processState(pid) != "T" }
            }
            guard case .running = try await agent.state(of: spec.key)?.state else {
                Issue.record("it does not run any more")
                return
            }
        }

        @Test func `one container dies, and its exit is told`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            #expect(try LocalContainers.crashOne(dataFolder: fixture.dataFolder) == nil)
            let spec = TaskSpec.shell("exec sleep 1000")
            try await agent.run(spec)
            let victim = try LocalContainers.crashOne(dataFolder: fixture.dataFolder)
            #expect(victim == "\(spec.key.task)/\(spec.key.name)")
            #expect(try await agent.exit(of: spec.key).code == 137)
            try await eventually("none lives") {
                try LocalContainers.count(dataFolder: fixture.dataFolder) == 0
            }
        }
    }
}
