import ECSAPI
import APIServer
import Events
import Foundation
import Model
import ServiceLifecycle
import Testing

@Suite("The server's life", .timeLimit(.minutes(1)))
struct LifecycleTests {
    @Test("it tells the port it took and ends gracefully")
    func shutdown() async throws {
        try await running(TestPlane()) { port in
            let socket = try await Socket(port: port)
            try await socket.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            try await wait { socket.received.contains("ok\n") }
            try await socket.close()
        }
    }

    @Test("a port in use is an error, not a wait")
    func portInUse() async throws {
        try await running(TestPlane()) { port in
            let second = APIServer(
                configuration: APIServer.Configuration(port: port), controlPlane: TestPlane(),
                logger: quiet)
            await #expect(throws: (any Error).self) { try await second.run() }
        }
    }

    @Test(
        "boto3 understands every answer, and the answers have the shapes of the service model",
        .enabled(if: Boto.isThere, "needs Python with boto3"))
    func boto() async throws {
        try await running(TestPlane(Boto.state)) { port in
            let output = try await Boto.run(port: port)
            #expect(output.hasSuffix("all answers fit\n"), "\(output)")
        }
    }
}

/// Runs a server for the time of a closure and shuts it down.
func running(
    _ plane: some ControlPlane, limits: Limits = Limits(), events: EventHub? = nil,
    commands: FakeCommands? = nil, logs: FakeLogs? = nil,
    _ body: @Sendable (Int) async throws -> Void
) async throws {
    let (ports, continuation) = AsyncStream.makeStream(
        of: Int.self, bufferingPolicy: .bufferingNewest(1))
    let server = APIServer(
        configuration: APIServer.Configuration(port: 0, account: "123456789012", limits: limits),
        controlPlane: plane, commands: commands, logs: logs, events: events, logger: quiet,
        onListening: { continuation.yield($0) })
    let services = ServiceGroup(services: [server], logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await services.run() }
        for await port in ports {
            try await body(port)
            break
        }
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
    }
}
