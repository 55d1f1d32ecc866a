import FoundationEssentials
import Glibc
import Model
import Runtimes
import Synchronization
import Testing

extension RuntimesTests {
    @Suite struct Running {
        @Test(arguments: [
            ("exit 0", 0), ("exit 3", 3), ("exit 127", 127), ("kill -TERM $$", 143),
            ("kill -KILL $$", 137),
        ])
        func `a container's exit code is its process's, 128 + n for signal n`(
            script: String, code: Int
        ) async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell(script)
            try await agent.run(spec)
            let exit = try await agent.exit(of: spec.key)
            #expect(exit.code == code)
            #expect(exit.reason == nil)
        }

        @Test func `the supervisor is the container's init: it takes what loses its parent`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let name = "muster.capability.init-process"
            #expect(agent.runtime.attributes.contains { $0.name == name })
            let spec = TaskSpec.shell(
                """
                sh -c 'sh -c "echo \\$\\$ >orphan; exec sleep 0.05" &'
                until test -s orphan; do :; done
                while test -e /proc/$(cat orphan); do sleep 0.02; done
                """)
            try await agent.run(spec)
            // One that nobody takes is a zombie in /proc for ever.
            #expect(try await agent.exit(of: spec.key).code == 0)
        }

        @Test func `output is captured, and kept after the task is removed`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("echo out; echo err >&2")
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            for _ in 0..<2 {
                #expect(try fixture.output(spec.key) == "out\n")
                #expect(try fixture.output(spec.key, errors: true) == "err\n")
                try await agent.runtime.remove(spec.id)
            }
        }

        @Test func `output is bounded, the newest of it kept`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent(outputMaximum: 100_000)
            let spec = TaskSpec.shell("seq 1 200000")
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            let output = try fixture.output(spec.key)
            // Each line has its time before it.
            #expect((10_000...200_000).contains(output.utf8.count))
            #expect(output.hasSuffix("199999\n200000\n"))
        }

        @Test func `a container gets its definition's environment, Muster's, and no secrets`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.of(
                ContainerDefinition(
                    name: "main", image: "x", command: ["env"],
                    environment: [.init(name: "COLOUR", value: "deep\nblue=1")]))
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            let output = try fixture.output(spec.key)
            #expect(output.contains("COLOUR=deep\nblue=1\n"))
            #expect(output.contains("MUSTER_TASK_ID=\(spec.id)\n"))
            #expect(output.contains("MUSTER_TASK_ARN=\(spec.arn)\n"))
            #expect(output.contains("MUSTER_CLUSTER=default\nMUSTER_CONTAINER_NAME=main\n"))
            // Whatever else is in the agent's environment stays there.
            let known = ["PATH", "HOME", "LANG", "COLOUR", "blue"]
            for line in output.split(separator: "\n") {
                let name = String(line.prefix { $0 != "=" })
                #expect(known.contains(name) || name.hasPrefix("MUSTER_"), "\(name)")
            }
        }

        @Test func `a container works in a folder of its own unless it names one`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let own = TaskSpec.shell("pwd; touch here")
            let named = TaskSpec.shell("pwd") { $0.workingDirectory = "/usr" }
            for spec in [own, named] {
                try await agent.run(spec)
                #expect(try await agent.exit(of: spec.key).code == 0)
            }
            #expect(try fixture.output(own.key) == fixture.folder(of: own.key) + "/work\n")
            #expect(try fixture.output(named.key) == "/usr\n")
        }

        @Test func `ulimits and user are as the definition says`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let limited = TaskSpec.shell("ulimit -Sn; ulimit -Hn") {
                $0.ulimits = [Ulimit(name: "nofile", soft: 100, hard: 200)]
            }
            try await agent.run(limited)
            _ = try await agent.exit(of: limited.key)
            #expect(try fixture.output(limited.key) == "100\n200\n")

            guard geteuid() == 0 else { return }
            let nobody = TaskSpec.shell("id -u; id -g; touch here && echo mine") {
                $0.user = "65534:65533"
            }
            try await agent.run(nobody)
            _ = try await agent.exit(of: nobody.key)
            #expect(try fixture.output(nobody.key) == "65534\n65533\nmine\n")
        }

        @Test func `the image map stands in for a command`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent(imageMap: ["greeter": ["echo", "hello"]])
            let spec = TaskSpec.of(
                ContainerDefinition(name: "main", image: "greeter:1.2", command: ["you"]))
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            #expect(try fixture.output(spec.key) == "hello you\n")
        }

        @Test func `what a container left running ends with it`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            // One in its group, one that left for a session of its own.
            let spec = TaskSpec.shell(
                "sleep 1000 & echo $!; setsid sh -c 'echo $$; exec sleep 1000' &"
                    + " while [ $(wc -l < \(fixture.dataFolder)/seen) -lt 1 ]; do :; done; exit 4")
            try "".write(
                toFile: fixture.dataFolder + "/seen", atomically: false, encoding: .utf8)
            try await agent.run(spec)
            try await eventually("both") { try pids(fixture.output(spec.key)).count == 2 }
            let left = try pids(fixture.output(spec.key))
            #expect(left.allSatisfy { isAlive($0) })
            try "1\n".write(
                toFile: fixture.dataFolder + "/seen", atomically: false, encoding: .utf8)
            #expect(try await agent.exit(of: spec.key).code == 4)
            #expect(!left.contains { isAlive($0) })
        }

        @Test func `the end of each container is told once`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.of(
                ContainerDefinition(name: "a", image: "x", command: ["true"]),
                ContainerDefinition(name: "b", image: "x", command: ["false"]))
            try await agent.runtime.prepare(spec)
            for name in ["a", "b"] {
                _ = try await agent.runtime.start(ContainerKey(task: spec.id, name: name))
                _ = try await agent.runtime.list()
            }
            for (name, code) in [("a", 0), ("b", 1)] {
                let key = ContainerKey(task: spec.id, name: name)
                #expect(try await agent.exit(of: key).code == code)
                #expect(try fixture.record("exit", of: key)["code"] == "\(code)")
            }
            try await agent.runtime.remove(spec.id)
            #expect(agent.events.withLock { $0.count } == 2)
        }

        @Test func `forty tasks leave no descriptor and no zombie behind`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            for _ in 0..<40 {
                let spec = TaskSpec.shell("exit 0", ports: [PortMapping(containerPort: 80)])
                try await agent.run(spec)
                _ = try await agent.exit(of: spec.key)
                try await agent.runtime.remove(spec.id)
            }
            // Other suites run beside this one; a leak would be of forty and more.
            let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            #expect(after < before + 30)
            let children = try String(
                contentsOfFile: "/proc/self/task/\(getpid())/children", encoding: .utf8)
            #expect(children.split(separator: " ").compactMap { pid_t($0) }.allSatisfy(isAlive))
        }
    }
}
