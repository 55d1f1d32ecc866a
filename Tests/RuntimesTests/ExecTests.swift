import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct Commands {
        private struct Done {
            var output: String
            var errors: String
            var code: Int32?
        }

        private func order(
            _ spec: TaskSpec, _ command: [String], input: Bool = false,
            terminal: ExecTerminal? = nil
        ) -> ExecOrder {
            ExecOrder(
                task: spec.id, container: "main", command: command, takesInput: input,
                terminal: terminal)
        }

        private func all(_ next: @Sendable () async -> [UInt8]?) async -> String {
            var bytes: [UInt8] = []
            while let piece = await next() { bytes += piece }
            return String(decoding: bytes, as: UTF8.self)
        }

        private func done(_ command: any RunningCommand) async -> Done {
            async let output = all { await command.output() }
            async let errors = all { await command.errors() }
            let code = await command.exitCode()
            return await Done(output: output, errors: errors, code: code)
        }

        /// In a container that only waits.
        private func run(
            _ command: [String], terminal: ExecTerminal? = nil
        ) async throws -> Done {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let running = try await agent.runtime.exec(order(spec, command, terminal: terminal))
            let done = await done(running)
            try await agent.runtime.remove(spec.id)
            return done
        }

        @Test func `output, errors and exit code are the command's own`() async throws {
            let done = try await run(["sh", "-c", "echo out; echo err >&2; exit 7"])
            #expect(done.output == "out\n" && done.errors == "err\n" && done.code == 7)
            #expect(try await run(["sh", "-c", "kill -9 $$"]).code == 137)
            // Without input there is nothing to read, and not this process's input.
            #expect(try await run(["cat"]).code == 0)
        }

        @Test(arguments: [(["no-such-program"], 127), (["/"], 126)] as [([String], Int32)])
        func `a program that can't be run is told`(command: [String], code: Int32) async throws {
            let done = try await run(command)
            #expect(done.code == code && done.errors.contains("can't run \"\(command[0])\""))
        }

        @Test func `it has the container's environment and folder`() async throws {
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
            let line = "ls; echo $COLOUR $MUSTER_CONTAINER_NAME ${PORT:+port}"
            let running = try await agent.runtime.exec(order(spec, ["sh", "-c", line]))
            #expect(await done(running).output == "here\nblue main port\n")
            #expect(try fixture.output(spec.key) == "", "the container's output is its own")
            try await agent.runtime.remove(spec.id)
        }

        @Test func `a megabyte goes in and comes out, then the input ends`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let command = try await agent.runtime.exec(order(spec, ["cat"], input: true))
            let writer = Task {
                for _ in 0..<32 { await command.write([UInt8](repeating: 97, count: 32 << 10)) }
                await command.endInput()
            }
            let done = await done(command)
            await writer.value
            #expect(done.output.utf8.count == 1 << 20 && done.code == 0)
            try await agent.runtime.remove(spec.id)
        }

        @Test func `a writer is not held by a command that does not read and ends`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let command = try await agent.runtime.exec(
                order(spec, ["sh", "-c", "exec 0</dev/null; sleep 0.2"], input: true))
            await command.write([UInt8](repeating: 97, count: 1 << 20))
            #expect(await command.exitCode() == 0)
            try await agent.runtime.remove(spec.id)
        }

        @Test func `a terminal has its size and type, and its input ends with Ctrl-D`()
            async throws
        {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let terminal = ExecTerminal(type: "vt52", size: TerminalSize(columns: 91, rows: 17))
            let line = """
                test -t 0 && test -t 1 && stty size && echo $TERM && cat >/dev/null; stty size
                """
            let command = try await agent.runtime.exec(
                order(spec, ["sh", "-c", line], input: true, terminal: terminal))
            let first = String(decoding: await command.output() ?? [], as: UTF8.self)
            command.resize(TerminalSize(columns: 50, rows: 5))
            await command.endInput()
            let done = await done(command)
            #expect((first + done.output).hasPrefix("17 91\r\nvt52\r\n"))
            #expect(done.output.hasSuffix("5 50\r\n") && done.code == 0)
            try await agent.runtime.remove(spec.id)
        }

        @Test func `a terminal's output is read while its input is held up`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            // It reads nothing before all is said, which is far more than a terminal holds.
            let line = """
                stty raw -echo; echo ready; head -c 300000 /dev/zero
                head -c 60000 >/dev/null; echo end
                """
            let command = try await agent.runtime.exec(
                order(spec, ["sh", "-c", line], input: true, terminal: ExecTerminal()))
            var begin: [UInt8] = []
            while begin.count < 6, let piece = await command.output() { begin += piece }
            let writer = Task { await command.write([UInt8](repeating: 97, count: 60_000)) }
            let done = await done(command)
            await writer.value
            #expect(done.code == 0 && begin.count + done.output.utf8.count >= 300_000)
            #expect(done.output.suffix(4) == "end\n")
            try await agent.runtime.remove(spec.id)
        }

        @Test func `Ctrl-C at the terminal reaches the program`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let command = try await agent.runtime.exec(
                order(
                    spec,
                    ["sh", "-c", "trap 'exit 9' INT; echo ready; while :; do sleep 0.1; done"],
                    input: true, terminal: ExecTerminal()))
            #expect(await command.output() == Array("ready\r\n".utf8))
            await command.write([3])
            #expect(await command.exitCode() == 9)
            try await agent.runtime.remove(spec.id)
        }

        /// A command with children of which one has left its session, and all their pids.
        private func family(
            _ fixture: Fixture, _ agent: Agent, _ spec: TaskSpec
        ) async throws -> (any RunningCommand, [pid_t]) {
            let line = """
                (setsid sleep 600 & echo $! >>pids.new); sleep 600 & echo $! >>pids.new
                echo $$ >>pids.new; mv pids.new pids; wait
                """
            let command = try await agent.runtime.exec(order(spec, ["sh", "-c", line]))
            let file = fixture.folder(of: spec.key) + "/work/pids"
            try await eventually("the command") { FileManager.default.fileExists(atPath: file) }
            return (command, pids(try String(contentsOfFile: file, encoding: .utf8)))
        }

        @Test func `killed, nothing of it is left, and the container goes on`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            let started = try await agent.run(spec)
            let (command, members) = try await family(fixture, agent, spec)
            command.kill()
            #expect(await command.exitCode() == 137)
            #expect(members.count == 3 && members.allSatisfy { !isAlive($0) })
            #expect(isAlive(try #require(pid_t(started.runtimeID))))
            try await agent.runtime.remove(spec.id)
        }

        @Test func `nobody holds it any more, nothing of it is left`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let members = try await family(fixture, agent, spec).1
            try await eventually("their end") { members.allSatisfy { !isAlive($0) } }
            try await agent.runtime.remove(spec.id)
        }

        @Test func `the container's end ends it`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell("exec sleep 60")
            try await agent.run(spec)
            let (command, members) = try await family(fixture, agent, spec)
            try await agent.runtime.stop(spec.key, timeout: .seconds(5))
            #expect(await command.exitCode() == 137)
            #expect(members.allSatisfy { !isAlive($0) })
            #expect(try await agent.exit(of: spec.key).code == 143)
            let error = await #expect(throws: RuntimeError.self) {
                try await agent.runtime.exec(order(spec, ["true"]))
            }
            #expect(error?.message.contains("does not run here") == true)
        }
    }
}
