import CProcess
import CRI
import FoundationEssentials
import Glibc
import Model
import RPC
import Runtimes
import Synchronization
import Testing

private let isolation = "muster.capability.network-mode-none"

extension RuntimesTests {
    /// Network mode none, with real namespaces: for root alone.
    @Suite(.enabled("network namespaces need root") { cprocess_network_try() == 0 })
    struct Networks {
        /// The interfaces of a process's network, from /proc.
        static let interfaces =
            "sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d ' ' | sort | tr '\\n' ' '"

        private func isolated(_ script: String) -> TaskSpec {
            var spec = TaskSpec.shell(script)
            spec.networkMode = NetworkMode.none
            return spec
        }

        @Test func `a container has loopback alone, which works`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            #expect(agent.runtime.attributes.contains { $0.name == isolation })
            let spec = isolated("\(Self.interfaces); grep -c 127.0.0.1 /proc/net/fib_trie")
            try await agent.run(spec)
            #expect(try await agent.exit(of: spec.key).code == 0)
            // Of `lo` the kernel knows the address once it is up, in two tables.
            #expect(try fixture.output(spec.key).hasPrefix("lo "))
            #expect(try !fixture.output(spec.key).hasSuffix(" 0\n"))
        }

        @Test func `checks and commands are in the same network, also those of another agent`()
            async throws
        {
            let fixture = try Fixture()
            let spec = isolated("readlink /proc/self/ns/net > ns; exec sleep 600")
            try await fixture.agent().run(spec)
            let agent = try await fixture.agent()
            _ = try await agent.runtime.list()
            try await eventually("the container's namespace") {
                FileManager.default.fileExists(atPath: fixture.folder(of: spec.key) + "/work/ns")
            }
            let same = "test \"$(readlink /proc/self/ns/net)\" = \"$(cat ns)\""
            let check = HealthCheck(command: ["CMD-SHELL", same], timeout: 30)
            #expect(try await agent.runtime.check(spec.key, check) == true)
            let command = try await agent.runtime.exec(
                ExecOrder(task: spec.id, container: "main", command: ["sh", "-c", same]))
            #expect(await command.exitCode() == 0)
            try await agent.runtime.remove(spec.id)
        }

        @Test func `of a namespace nothing is left but loopback`() throws {
            // A pair of interfaces, one of which leads out of the namespace.
            let script = "ip link add v0 type veth peer name v1 && ip link set v0 up; echo; cat"
            let (pid, ready, hold) = try start("unshare", ["-n", "sh", "-c", script])
            defer {
                close(hold)
                kill(pid, SIGKILL)
                var status: Int32 = 0
                waitpid(pid, &status, 0)
                close(ready)
            }
            var byte: UInt8 = 0
            #expect(read(ready, &byte, 1) == 1)
            #expect(cprocess_network_isolate("/proc/\(pid)/ns/net") == 0)
            let text = try String(contentsOfFile: "/proc/\(pid)/net/dev", encoding: .utf8)
            #expect(!text.contains("v0:") && !text.contains("v1:") && text.contains("lo:"))
            // Nothing of this process moved.
            #expect(cprocess_network_isolate("/nowhere") == -ENOENT)
        }

        /// Its output, and the other end of its input.
        private func start(
            _ program: String, _ arguments: [String]
        ) throws -> (pid: pid_t, output: Int32, input: Int32) {
            var output: [Int32] = [0, 0]
            var input: [Int32] = [0, 0]
            #expect(cprocess_pipe(&output) == 0 && cprocess_pipe(&input) == 0)
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, input[0], 0)
            posix_spawn_file_actions_adddup2(&actions, output[1], 1)
            var words = ([program] + arguments).map { strdup($0) } + [nil]
            defer { words.forEach { free($0) } }
            var pid: pid_t = 0
            #expect(posix_spawnp(&pid, program, &actions, nil, &words, environ) == 0)
            close(input[0])
            close(output[1])
            return (pid, output[0], input[1])
        }
    }
}

extension RuntimesTests.Containerd {
    @Test func `a task without a network gets no container before its network is taken away`()
        async throws
    {
        let stage = try await ContainerdStage()
        let agent = try await stage.agent()
        var spec = TaskSpec.shell("true")
        spec.networkMode = NetworkMode.none
        try await agent.runtime.prepare(spec)
        // Whose network it is has to be known.
        let refused = await refusal { () throws(RuntimeError) in
            _ = try await agent.runtime.start(spec.key)
        }
        #expect(refused?.message.contains("does not say which its namespace is") == true)
        stage.containerd.state.withLock {
            $0.info =
                #"{"runtimeSpec": {"linux": {"namespaces": [{"type": "pid"}, "#
                + #"{"type": "network", "path": "/nowhere"}]}}}"#
        }
        let missing = await refusal { () throws(RuntimeError) in
            _ = try await agent.runtime.start(spec.key)
        }
        #expect(missing?.message.contains("No such file or directory") == true)
        #expect(stage.containerd.calls(of: .createContainer) == [])
    }
}
