import ClusterState
import ECSAPI
import Foundation
import Model
import Synchronization
import Testing

@Suite("Frames of a command")
struct ExecFrameTests {
    static let frames: [ExecFrame] = [
        .nothing, .input(.data([])), .input(.data([0, 255])), .input(.end),
        .input(.resize(TerminalSize(columns: 513, rows: 7))), .output(.started),
        .output(.standardOutput([UInt8](repeating: 7, count: ExecFrame.payloadMaximum))),
        .output(.standardError([1])), .output(.exited(137)), .output(.exited(-1)),
        .output(.failed("it's \u{1F980}")), .taken(0), .taken(70_000),
    ]

    @Test("come back as they were, in pieces of any size", arguments: [1, 2, 7, 4_096, 1 << 20])
    func roundTrip(size: Int) throws {
        let bytes = Self.frames.flatMap(\.bytes)
        var reader = ExecFrame.Reader()
        var read: [ExecFrame] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.append(bytes[start..<min(start + size, bytes.count)])
            while let frame = try reader.next() { read.append(frame) }
        }
        #expect(read == Self.frames)
    }

    @Test("have the bytes that other clients write")
    func golden() {
        #expect(ExecFrame.input(.data([9])).bytes == [1, 0, 0, 0, 1, 9])
        let resize = ExecFrame.input(.resize(TerminalSize(columns: 258, rows: 3)))
        #expect(resize.bytes == [3, 0, 0, 0, 4, 1, 2, 0, 3])
        #expect(ExecFrame.output(.exited(256)).bytes == [7, 0, 0, 0, 4, 0, 0, 1, 0])
    }

    @Test("of a kind that is not known say nothing")
    func unknown() throws {
        var reader = ExecFrame.Reader()
        reader.append([200, 0, 0, 0, 2, 1, 1])
        #expect(try reader.next() == .nothing)
    }

    @Test(
        "that make no sense are refused",
        arguments: [
            [1, 0, 1, 0, 1], [1, 255, 255, 255, 255], [3, 0, 0, 0, 0], [3, 0, 0, 0, 3, 1, 1, 1],
            [7, 0, 0, 0, 1, 1], [9, 0, 0, 0, 0],
        ] as [[UInt8]])
    func nonsense(bytes: [UInt8]) {
        var reader = ExecFrame.Reader()
        reader.append(bytes)
        #expect(throws: ExecFrame.Fault.self) { try reader.next() }
    }
}

/// Keeps what it is asked for; its commands have started, or failed.
private final class Runner: CommandRunner {
    private let asked = Mutex<[(ExecOrder, InstanceID)]>([])
    private let first: ExecOutput

    init(_ first: ExecOutput = .started) { self.first = first }

    func run(_ order: ExecOrder, on instance: InstanceID) async throws(APIError) -> Session {
        asked.withLock { $0.append((order, instance)) }
        return Session(first)
    }

    var orders: [ExecOrder] { asked.withLock { $0.map(\.0) } }

    final class Session: CommandSession {
        private let first: ExecOutput
        let ends = Mutex(0)

        init(_ first: ExecOutput) { self.first = first }

        func next() async -> ExecOutput { first }
        func send(_ input: ExecInput) async -> Bool { true }
        func end() { ends.withLock { $0 += 1 } }
    }
}

@Suite("Commands that are asked for")
struct ExecEndpointTests {
    private static func task(_ number: UInt64, takesCommands: Bool = true) -> ECSTask {
        var task = Fixture.task(number)
        task.origin.value.takesCommands = takesCommands ? true : nil
        return task
    }

    private func endpoint(_ runner: Runner?, _ tasks: [ECSTask]) -> ExecEndpoint {
        var state = State()
        state.put(.cluster(Fixture.cluster))
        for task in tasks { state.put(.task(task)) }
        return ExecEndpoint(
            account: "123456789012", defaultRegion: "us-east-1",
            controlPlane: FakeControlPlane(state), runner: runner)
    }

    @Test(
        "find their task by its id, the beginning of it, or its ARN",
        arguments: [
            Fixture.taskID, "00000000000000040000000000000001".uppercased(),
            String(Fixture.taskID.prefix(31)), "\(Fixture.arns)task/default/\(Fixture.taskID)",
        ])
    func finds(name: String) async throws {
        let runner = Runner()
        let question = """
            {"task": "\(name)", "command": ["ls", "-l"], "input": true,
             "terminal": {"type": "vt100", "columns": 90, "rows": 20}}
            """
        _ = try await endpoint(runner, [Self.task(1)]).open(question)
        let size = TerminalSize(columns: 90, rows: 20)
        #expect(
            runner.orders == [
                ExecOrder(
                    task: Fixture.task().id, container: "app", command: ["ls", "-l"],
                    takesInput: true, terminal: ExecTerminal(type: "vt100", size: size))
            ])
    }

    @Test(
        "are refused with ECS's words",
        arguments: [
            (#""command": ["ls"]"#, "Send {"), (#""task": "00000000000000040""#, "Send {"),
            (
                #""task": "0000000000000004000000000000000", "command": ["ls"]"#,
                "2 tasks of cluster default begin with"
            ),
            (#""task": "123456", "command": ["ls"]"#, "The referenced task was not found."),
            (#""task": "web", "command": ["ls"]"#, "taskId length"),
            (#""task": "\#(Fixture.taskID)", "command": []"#, "names no program"),
            (#""task": "\#(Fixture.taskID)", "command": ["a\u0000"]"#, "NUL"),
            (
                #""task": "\#(Fixture.taskID)", "command": ["a"], "container": "db""#,
                "The task has no container 'db'."
            ),
            (
                #""task": "\#(Fixture.taskID)", "command": ["a"], "cluster": "gone""#,
                "Cluster not found."
            ),
            (
                #""task": "00000000000000040000000000000002", "command": ["a"]"#,
                "execute command was not enabled when the task was run"
            ),
            (
                #"""
                "task": "\#(Fixture.taskID)", "command": ["a"],
                "terminal": {"type": "a b", "columns": 1, "rows": 1}
                """#,
                "at most 64 characters"
            ),
        ])
    func refused(members: String, part: String) async throws {
        let runner = Runner()
        let endpoint = endpoint(runner, [Self.task(1), Self.task(2, takesCommands: false)])
        let error = await #expect(throws: APIError.self) {
            _ = try await endpoint.open("{\(members)}")
        }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "none")")
        #expect(runner.orders.isEmpty)
    }

    @Test("that could not be started say why; where none can be run, that is said")
    func failed() async throws {
        let question = #"{"task": "\#(Fixture.taskID)", "command": ["ls"]}"#
        let failing = endpoint(Runner(.failed("no room.")), [Self.task(1)])
        let error = await #expect(throws: APIError.self) { _ = try await failing.open(question) }
        #expect(error?.message == "The execute command failed: no room.")
        let none = endpoint(nil, [Self.task(1)])
        let nobody = await #expect(throws: APIError.self) { _ = try await none.open(question) }
        #expect(nobody?.code == .unsupportedFeature)
    }

    @Test("of a task that has not started, or has stopped, are refused")
    func notRunning() async throws {
        for status in [TaskStatus.pending, .stopped] {
            var task = Fixture.task(1, status: status)
            task.origin.value.takesCommands = true
            let endpoint = endpoint(Runner(), [task])
            let error = await #expect(throws: APIError.self) {
                _ = try await endpoint.open(
                    #"{"task": "\#(Fixture.taskID)", "command": ["ls"]}"#)
            }
            #expect(error?.message.contains("the task is \(status.name)") == true)
        }
    }
}
