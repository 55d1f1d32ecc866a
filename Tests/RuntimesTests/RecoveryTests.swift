import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct Recovering {
        @Test func `a new agent finds running and ended containers, codes included`() async throws {
            let fixture = try Fixture()
            let ended = TaskSpec.shell("exit 3")
            let running = TaskSpec.shell("read line < $GATE; exit 6") {
                $0.environment = [.init(name: "GATE", value: fixture.dataFolder + "/gate")]
                $0.portMappings = [PortMapping(containerPort: 80)]
            }
            let gate = fixture.dataFolder + "/gate"
            #expect(mkfifo(gate, 0o600) == 0)
            var started: StartedContainer?
            do {
                let first = try await fixture.agent()
                try await first.run(ended)
                started = try await first.run(running)
                _ = try await first.exit(of: ended.key)
            }
            let second = try await fixture.agent()
            let tasks = try await second.runtime.list()
            #expect(Set(tasks.map(\.spec)) == [ended, running])
            let lived = try #require(started)
            #expect(try await second.state(of: running.key)?.state == .running(lived))
            guard case .exited(_, let exit) = try await second.state(of: ended.key)?.state else {
                Issue.record("the ended container is not ended")
                return
            }
            #expect(exit.code == 3)
            try "go\n".write(toFile: gate, atomically: false, encoding: .utf8)
            #expect(try await second.exit(of: running.key).code == 6)
            #expect(second.exits(of: ended.key).isEmpty)
        }

        @Test func `a container that ends while there is no agent is found ended`() async throws {
            let fixture = try Fixture()
            let spec = TaskSpec.shell(
                "trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done")
            var pid: pid_t = 0
            do {
                let first = try await fixture.agent()
                pid = try #require(pid_t(try await first.run(spec).runtimeID))
                try await eventually("ready") { try fixture.output(spec.key) == "ready\n" }
            }
            kill(pid, SIGTERM)
            try await eventually("its end") { fixture.supervisor(of: spec.key) == nil }
            let second = try await fixture.agent()
            guard case .exited(let started, let exit) = try await second.state(of: spec.key)?.state
            else {
                Issue.record("the container is not ended")
                return
            }
            #expect(exit.code == 9)
            #expect(started?.runtimeID == String(pid))
        }

        @Test func `preparing twice is preparing once`() async throws {
            let fixture = try Fixture()
            let first = try await fixture.agent()
            let spec = TaskSpec.shell("exit 0", ports: [PortMapping(containerPort: 80)])
            try await first.runtime.prepare(spec)
            try await first.runtime.prepare(spec)
            let started = try await first.runtime.start(spec.key)
            _ = try await first.exit(of: spec.key)
            try await first.runtime.prepare(spec)
            #expect(try await first.runtime.list().count == 1)
            #expect(started.networkBindings.count == 1)
        }

        @Test func `a task prepared by an agent that died can be started by the next`() async throws
        {
            let fixture = try Fixture()
            let spec = TaskSpec.shell("exit 0", ports: [PortMapping(containerPort: 80)])
            do {
                try await fixture.agent().runtime.prepare(spec)
            }
            let second = try await fixture.agent()
            #expect(
                try await second.runtime.list() == [
                    FoundTask(
                        spec: spec,
                        containers: [
                            FoundContainer(name: "main", state: .prepared, stopRequested: false)
                        ])
                ])
            _ = try await second.runtime.start(spec.key)
            #expect(try await second.exit(of: spec.key).code == 0)
        }

        @Test func `a folder whose preparation was cut short counts for nothing`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exit 0")
            try FileManager.default.createDirectory(
                atPath: fixture.folder(of: spec.key) + "/work", withIntermediateDirectories: true)
            #expect(try await agent.runtime.list().isEmpty)
            try await agent.run(spec)
            #expect(try await agent.exit(of: spec.key).code == 0)
        }

        @Test func `a task whose spec is not one ends, and its id is not run again`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("while :; do sleep 0.01; done")
            let started = try await agent.run(spec)
            try "garbage".write(
                toFile: fixture.dataFolder + "/tasks/\(spec.id)/spec.json", atomically: false,
                encoding: .utf8)
            let second = try await fixture.agent()
            #expect(try await second.runtime.list().isEmpty)
            let pid = try #require(pid_t(started.runtimeID))
            #expect(!isAlive(pid))
            await #expect(throws: RuntimeError.self) { try await second.runtime.prepare(spec) }
            try await second.runtime.remove(spec.id)
            #expect(try fixture.files(below: "tasks").isEmpty)
        }

        @Test(arguments: [true, false])
        func `when the supervisor is killed its container dies, and the code is not known`(
            agentLives: Bool
        ) async throws {
            let fixture = try Fixture()
            let first = try await fixture.agent()
            let spec = TaskSpec.shell(
                "sleep 1000 & echo $!; setsid sh -c 'echo $$; exec sleep 1000' & wait")
            let started = try await first.run(spec)
            try await eventually("ready") { try pids(fixture.output(spec.key)).count == 2 }
            let supervisor = try #require(fixture.supervisor(of: spec.key))
            let all = try pids(fixture.output(spec.key)) + [pid_t(started.runtimeID) ?? 0]
            if agentLives {
                kill(supervisor, SIGKILL)
                let exit = try await first.exit(of: spec.key)
                #expect(exit.code == nil)
                #expect(exit.reason?.contains("supervisor") == true)
            } else {
                let second = try await fixture.agent()
                kill(supervisor, SIGKILL)
                try await eventually("the supervisor's end") { !isAlive(supervisor) }
                guard case .exited(_, let exit) = try await second.state(of: spec.key)?.state
                else {
                    Issue.record("the container is not ended")
                    return
                }
                #expect(exit.code == nil)
            }
            #expect(!all.contains { isAlive($0) })
        }

        @Test func `a process that has the number of a dead container's is left alone`()
            async throws
        {
            let fixture = try Fixture()
            let first = try await fixture.agent()
            let stranger = TaskSpec.shell("while :; do sleep 0.01; done")
            let innocent = try await first.run(stranger)
            let spec = TaskSpec.shell("exit 0")
            try await first.run(spec)
            _ = try await first.exit(of: spec.key)
            // As after a crash, in this boot or before it, with the number given out again since.
            var record = try fixture.record("started", of: spec.key)
            let other = try fixture.record("started", of: stranger.key)
            for boot in [other["boot"], "00000000-0000-0000-0000-000000000000"] {
                record["boot"] = boot
                record["pid"] = innocent.runtimeID
                record["start"] = other["start"].flatMap { Int($0) }.map { String($0 - 1) }
                let text = record.map { "\($0) \($1)\n" }.joined()
                try text.write(
                    toFile: fixture.folder(of: spec.key) + "/started", atomically: false,
                    encoding: .utf8)
                try FileManager.default.removeItem(atPath: fixture.folder(of: spec.key) + "/exit")
                let second = try await fixture.agent()
                guard case .exited(_, let exit) = try await second.state(of: spec.key)?.state
                else {
                    Issue.record("the container is not ended")
                    return
                }
                #expect(exit.code == nil)
                let pid = try #require(pid_t(innocent.runtimeID))
                #expect(isAlive(pid))
            }
        }

        @Test func `a power loss ends all containers and leaves no exit code`() async throws {
            let fixture = try Fixture()
            let specs = (0..<3).map { _ in
                TaskSpec.shell("setsid sh -c 'echo $$; exec sleep 1000' & while :; do wait; done")
            }
            var all: [pid_t] = []
            do {
                let first = try await fixture.agent()
                for spec in specs {
                    all.append(pid_t(try await first.run(spec).runtimeID) ?? 0)
                    try await eventually("ready") { try !fixture.output(spec.key).isEmpty }
                    all += try pids(fixture.output(spec.key))
                }
            }
            #expect(try PowerLoss.cut(dataFolder: fixture.dataFolder) == 3)
            #expect(!all.contains { isAlive($0) })
            #expect(try PowerLoss.cut(dataFolder: fixture.dataFolder) == 0)
            let second = try await fixture.agent()
            for task in try await second.runtime.list() {
                guard case .exited(_, let exit) = task.containers[0].state else {
                    Issue.record("\(task) is not ended")
                    return
                }
                #expect(exit.code == nil)
                #expect(exit.reason != nil)
            }
        }
    }
}
