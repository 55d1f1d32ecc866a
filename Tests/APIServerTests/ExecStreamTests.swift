import APIServer
import ClusterState
import ECSAPI
import Foundation
import Model
import Testing

@Suite("Commands over HTTP", .timeLimit(.minutes(1)))
struct ExecStreamTests {
    private static let taskID = TaskID(high: 4, low: 1)

    private static var plane: TestPlane {
        let origin = TaskOrigin(
            cluster: TestPlane.cluster.id,
            definition: TaskDefinitionKey(region: "us-east-1", family: "f", revision: 1),
            group: "g", reserved: Resources(), takesCommands: true)
        var task = ECSTask(
            id: taskID, instance: InstanceID(high: 2, low: 1), origin: Shared(origin),
            containers: [
                Container(
                    id: ContainerID(high: 5, low: 1), name: "app", image: "i",
                    lastStatus: .running)
            ], createdAt: TestPlane.noon)
        task.lastStatus = .running
        return TestPlane([.cluster(TestPlane.cluster), .task(task)])
    }

    /// A connection that has asked for a command.
    private func ask(
        _ port: Int, task: String = "\(taskID)", headers: String = "",
        path: String = "/muster/v1/exec"
    ) async throws -> Socket {
        let order = #"{"task": "\#(task)", "command": ["cat"], "input": true}"#
        let query = try #require(
            order.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let socket = try await Socket(port: port)
        try await socket.send(
            "POST \(path)?order=\(query) HTTP/1.1\r\nHost: a\r\n\(headers)"
                + "Transfer-Encoding: chunked\r\n\r\n")
        return socket
    }

    private func text(_ frame: ExecFrame) -> String { String(decoding: frame.bytes, as: UTF8.self) }

    private func send(_ frame: ExecFrame, to socket: Socket) async throws {
        let length = String(frame.bytes.count, radix: 16)
        try await socket.send("\(length)\r\n\(text(frame))\r\n")
    }

    private func serving(
        _ commands: FakeCommands, limits: Limits = Limits(),
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        try await running(Self.plane, limits: limits, commands: commands, body)
    }

    @Test("Input and output go both ways at once, and the connection goes on after the end")
    func wholeWay() async throws {
        let commands = FakeCommands()
        try await serving(commands) { port in
            let socket = try await ask(port)
            try await wait { socket.received.contains("200 OK") }
            let session = try #require(commands.sessions.first)
            #expect(session.order.command == ["cat"] && session.order.container == "app")
            try await send(.input(.data(Array("abc".utf8))), to: socket)
            try await send(.input(.resize(TerminalSize(columns: 80, rows: 24))), to: socket)
            try await send(.nothing, to: socket)
            try await wait { session.heard.count == 2 }
            #expect(session.heard.first == .data(Array("abc".utf8)))
            try await wait { socket.received.contains(text(.taken(3))) }
            session.say(.standardError(Array("oh".utf8)))
            try await wait {
                socket.received.contains(text(.output(.standardError(Array("oh".utf8)))))
            }
            session.say(.exited(3))
            try await wait { socket.received.hasSuffix("\r\n0\r\n\r\n") }
            #expect(socket.received.contains(text(.output(.exited(3)))))
            try await socket.send("0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            try await wait { socket.received.hasSuffix("ok\n") }
            #expect(session.isEnded)
            try await socket.close()
        }
    }

    @Test("Every path that the router takes for it is taken for it at the gate")
    func otherPaths() async throws {
        let commands = FakeCommands()
        try await serving(commands) { port in
            for path in ["/muster/v1/exec/", "//muster/v1//exec"] {
                let socket = try await ask(port, path: path)
                try await wait { socket.received.contains("200 OK") }
                try await send(.input(.data(Array("abc".utf8))), to: socket)
                try await wait { commands.sessions.last?.heard == [.data(Array("abc".utf8))] }
                try await socket.close()
            }
        }
    }

    @Test("What can't be run is refused before anything is streamed")
    func refused() async throws {
        try await serving(FakeCommands(first: .failed("the disk is full."))) { port in
            let failed = try await ask(port)
            try await wait { failed.received.contains("the disk is full.") }
            #expect(failed.received.hasPrefix("HTTP/1.1 400"))
            try await failed.close()
            let gone = try await ask(port, task: "\(TaskID(high: 9, low: 9))")
            try await wait { gone.received.contains("The referenced task was not found.") }
            try await gone.close()
            let page = try await ask(port, headers: "Origin: http://evil\r\n")
            try await wait { page.received.contains("AccessDeniedException") }
            try await page.close()
        }
    }

    @Test("A client that goes ends its command, though that takes no input")
    func clientGoes() async throws {
        let commands = FakeCommands()
        try await serving(commands) { port in
            let socket = try await ask(port)
            try await wait { socket.received.contains("200 OK") }
            let session = try #require(commands.sessions.first)
            session.deafen()
            for _ in 0..<100 {
                try await send(.input(.data([UInt8](repeating: 97, count: 100))), to: socket)
            }
            try await socket.close()
            try await wait { session.isEnded }
        }
    }

    @Test("Many small pieces of input are held within the client's window")
    func smallPieces() async throws {
        let commands = FakeCommands()
        try await serving(commands) { port in
            let socket = try await ask(port)
            try await wait { socket.received.contains("200 OK") }
            let session = try #require(commands.sessions.first)
            session.deafen()
            let pieces = 20_000
            let chunk = String(
                repeating: text(.input(.data(Array("abcdefgh".utf8)))), count: pieces)
            socket.begin("\(String(chunk.utf8.count, radix: 16))\r\n\(chunk)\r\n")
            try await send(.input(.end), to: socket)
            try await wait { session.isHeldUp }
            session.hearAgain()
            try await wait { session.heard.last == .end }
            let bytes = session.heard.reduce(0) { sum, piece in
                if case .data(let bytes) = piece { sum + bytes.count } else { sum }
            }
            #expect(bytes == pieces * 8 && !session.isEnded)
            try await socket.close()
        }
    }

    @Test("One that sends more than it may, or nonsense, is taken for gone")
    func nonsense() async throws {
        let commands = FakeCommands()
        try await serving(commands) { port in
            for frames in [
                [ExecFrame](
                    repeating: .input(.data([UInt8](repeating: 97, count: 96))), count: 6_000),
                [ExecFrame](repeating: .input(.end), count: 9_000),
            ] {
                let socket = try await ask(port)
                try await wait { socket.received.contains("200 OK") }
                let session = try #require(commands.sessions.last)
                session.deafen()
                let chunk = frames.map { text($0) }.joined()
                socket.begin(
                    "\(String(chunk.utf8.count, radix: 16))\r\n\(chunk)\r\n")
                try await wait { session.isEnded }
                try await socket.close()
            }
            let socket = try await ask(port)
            try await wait { socket.received.contains("200 OK") }
            // A terminal's size of no bytes.
            try await socket.send("5\r\n\u{3}\u{0}\u{0}\u{0}\u{0}\r\n")
            try await wait { commands.sessions.last?.isEnded == true }
            try await socket.close()
        }
    }

    @Test("Both sides show that they are there")
    func pulse() async throws {
        try await serving(FakeCommands(), limits: Limits(execPulse: .milliseconds(50))) { port in
            let socket = try await ask(port)
            try await wait { socket.received.contains(text(.nothing)) }
            try await socket.close()
        }
    }

    @Test("A command ends once whoever asked for it may ask no more")
    func keysArrive() async throws {
        let commands = FakeCommands()
        let plane = Self.plane
        let limits = Limits(execPulse: .milliseconds(50))
        try await running(plane, limits: limits, commands: commands) { port in
            let socket = try await ask(port)
            try await wait { socket.received.contains(text(.nothing)) }
            let session = try #require(commands.sessions.first)
            #expect(!session.isEnded)
            plane.put(.accessKey(Keeper.full))
            try await wait { session.isEnded }
            try await socket.close()
        }
    }

    @Test("Commands end with the server")
    func shutdown() async throws {
        let commands = FakeCommands()
        try await serving(commands) { port in
            let socket = try await ask(port)
            try await wait { socket.received.contains("200 OK") }
        }
        #expect(commands.sessions.first?.isEnded == true)
    }
}
