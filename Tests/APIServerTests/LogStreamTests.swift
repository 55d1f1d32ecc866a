import APIServer
import ClusterState
import ECSAPI
import Foundation
import Model
import Testing

@Suite("Output of containers over HTTP", .timeLimit(.minutes(1)))
struct LogStreamTests {
    private static let taskID = TaskID(high: 4, low: 1)

    private static var plane: TestPlane {
        let origin = TaskOrigin(
            cluster: TestPlane.cluster.id,
            definition: TaskDefinitionKey(region: "us-east-1", family: "f", revision: 1),
            group: "g", reserved: Resources())
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

    private func ask(_ port: Int, _ more: String = "") async throws -> Socket {
        let body = #"{"name": "\#(Self.taskID)"\#(more)}"#
        let socket = try await Socket(port: port)
        try await socket.send(
            "POST /muster/v1/logs HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)"
                + "\r\n\r\n\(body)")
        return socket
    }

    private func line(_ text: String) -> LogOutput {
        .entries([LogEntry(time: 0, container: "app", text: Array(text.utf8))])
    }

    private func reading(_ logs: FakeLogs) async throws -> FakeLog {
        try await wait { logs.readings.count == 1 }
        return try #require(logs.readings.first)
    }

    @Test("Lines come as events as they are written, and the stream ends with the output")
    func wholeWay() async throws {
        let logs = FakeLogs()
        try await running(Self.plane, logs: logs) { port in
            let socket = try await ask(port, #", "tail": 5, "container": "app""#)
            let log = try await reading(logs)
            #expect(log.order == LogOrder(task: Self.taskID, container: "app", tail: 5))
            log.say(line("one"))
            try await wait { socket.received.contains(#""stream":"stdout","text":"one"}"#) }
            #expect(socket.received.contains("text/event-stream"))
            log.say(.failed("It is gone."))
            try await wait { socket.received.hasSuffix("\r\n0\r\n\r\n") }
            #expect(socket.received.contains("event: notice\ndata: {"))
            #expect(socket.received.contains(#""notice":"It is gone.""#))
            #expect(log.isEnded)
        }
    }

    @Test("A client that goes ends the reading at its worker")
    func clientGoes() async throws {
        let logs = FakeLogs()
        try await running(Self.plane, logs: logs) { port in
            let socket = try await ask(port, #", "follow": true"#)
            let log = try await reading(logs)
            log.say(.caughtUp)
            try await socket.close()
            // It is noticed when something is written.
            try await wait {
                log.say(line("more"))
                return log.isEnded
            }
        }
    }

    @Test("Beyond so many streams the next is refused")
    func bound() async throws {
        let logs = FakeLogs()
        try await running(Self.plane, limits: Limits(logStreamsMaximum: 1), logs: logs) { port in
            let first = try await ask(port)
            let log = try await reading(logs)
            let second = try await ask(port)
            try await wait { second.received.contains("ThrottlingException") }
            log.finish()
            try await wait { first.received.hasSuffix("\r\n0\r\n\r\n") }
            _ = try await ask(port)
            try await wait { logs.readings.count == 2 }
            logs.readings.last?.finish()
        }
    }

    @Test("Streams end with the server, and once whoever asked may ask no more")
    func ends() async throws {
        let logs = FakeLogs()
        let plane = Self.plane
        try await running(plane, logs: logs) { port in
            _ = try await ask(port, #", "follow": true"#)
            let log = try await reading(logs)
            plane.put(.accessKey(Keeper.full))
            try await wait { log.isEnded }
        }
        let others = FakeLogs()
        try await running(Self.plane, logs: others) { port in
            _ = try await ask(port, #", "follow": true"#)
            _ = try await reading(others)
        }
        #expect(others.readings.first?.isEnded == true)
    }
}
