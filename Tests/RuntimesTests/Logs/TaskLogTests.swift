import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    /// Files as a supervisor or containerd leaves them, and what is read of them.
    @Suite struct TaskLogTests {
        private let fixture: Fixture
        private let agent: Agent
        private let task = TaskID(high: 1, low: 2)

        init() async throws {
            fixture = try Fixture()
            agent = try await fixture.agent()
        }

        private func path(_ name: String, _ container: String = "main") throws -> String {
            let folder = "\(fixture.dataFolder)/tasks/\(task)/\(container)"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            return "\(folder)/\(name)"
        }

        /// A line of second `time` since 1970.
        private func line(_ time: Int, _ text: String, _ how: String = "stdout F") -> String {
            let second = String(time % 60)
            let padded = second.count < 2 ? "0" + second : second
            let minute = time / 60 < 10 ? "0\(time / 60)" : "\(time / 60)"
            return "1970-01-01T00:\(minute):\(padded)Z \(how) \(text)\n"
        }

        private func append(
            _ text: String, to name: String = "output.log", of container: String = "main"
        ) throws {
            let descriptor = open(
                try path(name, container), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            defer { close(descriptor) }
            let bytes = Array(text.utf8)
            #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        }

        private func read(_ order: LogOrder) async throws -> [String] {
            let log = try await agent.runtime.log(order)
            var texts: [String] = []
            while let output = await log.next() {
                guard case .entries(let entries) = output else { continue }
                texts += entries.map { String(decoding: $0.text, as: UTF8.self) }
            }
            return texts
        }

        private func next(_ log: any RunningLog) async -> [String] {
            guard case .entries(let entries) = await log.next() else { return [] }
            return entries.map { String(decoding: $0.text, as: UTF8.self) }
        }

        @Test func `the files and containers of a task are one sequence, by time`() async throws {
            try append(line(1, "a") + line(3, "c", "stderr F"), to: "output.log.1")
            try append(line(5, "e"))
            try append(line(2, "b") + line(4, "d"), of: "other")
            #expect(try await read(LogOrder(task: task)) == ["a", "b", "c", "d", "e"])
            #expect(try await read(LogOrder(task: task, container: "other")) == ["b", "d"])
            #expect(try await read(LogOrder(task: task, container: "gone")) == [])
        }

        @Test func `parts are one line, each stream its own, and what makes no sense is left out`()
            async throws
        {
            try append(
                line(1, "one ", "stdout P") + line(2, "error", "stderr F") + "nonsense\n"
                    + line(3, "two ", "stdout P") + line(4, "three") + line(5, "be", "stdout P")
                    + line(6, "gun", "stdout P"))
            #expect(try await read(LogOrder(task: task)) == ["error", "one two three", "begun"])
        }

        @Test func `a line without an end comes in pieces`() async throws {
            let part = String(repeating: "x", count: 16_384)
            for _ in 0..<40 { try append(line(1, part, "stdout P")) }
            try append(line(1, "end"))
            let texts = try await read(LogOrder(task: task))
            #expect(texts.count > 1 && texts.allSatisfy { $0.utf8.count <= LogEntry.textMaximum })
            let all = texts.joined()
            #expect(all.utf8.count == 40 * 16_384 + 3 && all.hasSuffix("end"))
        }

        @Test func `a beginning and an end in time, and only the last of it`() async throws {
            let far = (0..<3_000).map { line($0, "\($0) " + String(repeating: ".", count: 200)) }
            try append(far[..<1_500].joined(), to: "output.log.1")
            try append(far[1_500...].joined())
            func numbers(_ order: LogOrder) async throws -> [Int?] {
                try await read(order).map { $0.split(separator: " ").first.flatMap { Int($0) } }
            }
            let second: Int64 = 1_000_000_000
            for begin in [0, 1, 700, 1_499, 1_500, 2_999] {
                let order = LogOrder(
                    task: task, since: Int64(begin) * second, until: Int64(begin + 2) * second)
                #expect(
                    try await numbers(order) == Array([begin, begin + 1].prefix(3_000 - begin)))
            }
            #expect(try await numbers(LogOrder(task: task, since: 3_000 * second)) == [])
            for tail in [0, 1, 1_500, 1_501, 5_000] {
                let all = (0..<3_000).suffix(tail)
                #expect(try await numbers(LogOrder(task: task, tail: UInt32(tail))) == Array(all))
            }
        }

        @Test func `what is yet to come follows, over new files and the task's end`() async throws {
            try append(line(1, "a"))
            let log = try await agent.runtime.log(LogOrder(task: task, follows: true))
            #expect(await next(log) == ["a"])
            #expect(await log.next() == .caughtUp)
            try append(line(2, "b"))
            #expect(await next(log) == ["b"])
            // Two files came since it was looked.
            try append(line(3, "c"))
            #expect(rename(try path("output.log"), try path("first")) == 0)
            try append(line(4, "d"), to: "output.log.1")
            try append(line(5, "e"))
            #expect(await next(log) == ["c", "d", "e"])
            try append(line(6, "f"))
            try append(line(7, "g"), of: "other")
            try FileManager.default.createDirectory(
                atPath: "\(fixture.dataFolder)/finished", withIntermediateDirectories: true)
            #expect(
                rename(
                    "\(fixture.dataFolder)/tasks/\(task)", "\(fixture.dataFolder)/finished/\(task)")
                    == 0)
            #expect(await next(log) == ["f", "g"])
            #expect(await log.next() == nil)
            #expect(try await read(LogOrder(task: task, tail: 1)) == ["f", "g"])
        }

        @Test func `a task of which nothing is kept is told, and can be waited for`() async throws {
            let none = try await agent.runtime.log(LogOrder(task: task))
            guard case .failed(let sentence) = await none.next() else {
                Issue.record("it did not fail")
                return
            }
            #expect(sentence.contains("is kept"))
            let log = try await agent.runtime.log(LogOrder(task: task, follows: true))
            #expect(await log.next() == .caughtUp)
            try append(line(1, "a"))
            #expect(await next(log) == ["a"])
            let waiting = Task { await log.next() }
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
    }
}
