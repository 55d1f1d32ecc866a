import FoundationEssentials
import Model
import Runtimes
import Testing

extension RuntimesTests {
    @Suite struct OutputTests {
        private func entries(_ agent: Agent, _ task: TaskID) async throws -> [LogEntry] {
            let log = try await agent.runtime.log(LogOrder(task: task))
            var all: [LogEntry] = []
            while let output = await log.next() {
                if case .entries(let entries) = output { all += entries }
            }
            return all
        }

        @Test func `each line has its stream and the time at which it was written`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let before = Int64(Date().timeIntervalSince1970 * 1_000) * 1_000_000
            let spec = TaskSpec.shell("echo out; sleep 0.1; echo err >&2; sleep 0.1; printf end")
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            let lines = try await entries(agent, spec.id)
            #expect(
                lines.map { String(decoding: $0.text, as: UTF8.self) } == ["out", "err", "end"])
            #expect(lines.map(\.isError) == [false, true, false])
            let times = [before] + lines.map(\.time)
            #expect(times == times.sorted())
            #expect(times[3] - times[1] >= 200_000_000)
        }

        @Test func `long lines and bytes that are no text come back as they were`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            let spec = TaskSpec.shell(
                "printf 'a\\0b\\377\\n'; head -c 16384 /dev/zero | tr '\\0' x; echo; "
                    + "head -c 50000 /dev/zero | tr '\\0' y; echo; echo end")
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            let texts = try await entries(agent, spec.id).map(\.text)
            #expect(texts.count == 4)
            #expect(texts.first == [0x61, 0, 0x62, 0xFF])
            #expect(texts.map(\.count) == [4, 16_384, 50_000, 3])
        }

        @Test func `a restarted container's output goes on where it was`() async throws {
            let fixture = try Fixture()
            let agent = try await fixture.agent()
            var container = ContainerDefinition(
                name: "main", image: "x", command: ["sh", "-c", "printf begun; exit 1"])
            container.restartPolicy = RestartPolicy()
            let spec = TaskSpec.of(container)
            try await agent.run(spec)
            _ = try await agent.exit(of: spec.key)
            _ = try await agent.runtime.restart(spec.key, number: 1)
            _ = try await agent.exits(2, of: spec.key)
            let texts = try await entries(agent, spec.id)
                .map { String(decoding: $0.text, as: UTF8.self) }
            #expect(texts == ["begun", "begun"])
        }
    }
}
