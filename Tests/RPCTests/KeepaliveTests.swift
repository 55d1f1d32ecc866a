import NIOCore
import NIOPosix
import RPC
import Testing

@Suite("Signs of life", .timeLimit(.minutes(1)))
struct KeepaliveTests {
    @Test("A ping is answered")
    func ping() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let took = try await connection.ping()
            #expect(took > .zero)
        }
    }

    @Test("A client that pings too often without data is told so and closed")
    func tooManyPings() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let closed = group.next().makePromise(of: RPCError.self)
            connection.onClose { closed.succeed($0) }
            let error = await #expect(throws: RPCError.self) {
                while true { _ = try await connection.ping() }
            }
            #expect(error?.code == .unavailable)
            #expect(try await closed.futureResult.get().message.contains("too_many_pings"))
        }
    }

    @Test("A client whose server falls silent closes the connection")
    func silentServer() async throws {
        let listener = try await SilentServer.start()
        defer { listener.stop() }
        var configuration = RPCClientConfiguration()
        configuration.keepaliveInterval = .milliseconds(200)
        configuration.keepaliveTimeout = .milliseconds(200)
        configuration.keepaliveWithoutCalls = true
        let connection = try await RPCClientConnection.connect(
            to: .tcp(host: "127.0.0.1", port: listener.port), group: group,
            configuration: configuration, logger: logger)
        let error = await #expect(throws: RPCError.self) {
            try await connection.unary("/test.T/Echo", [], timeout: .seconds(30))
        }
        #expect(error?.message.contains("pings") == true)
    }

    @Test("Each answered ping is followed by another an interval later, however long the timeout")
    func goesOn() async throws {
        try await TestServer.with { test in
            var configuration = RPCClientConfiguration.patient
            configuration.keepaliveInterval = .milliseconds(10)
            configuration.keepaliveTimeout = .seconds(3_600)
            configuration.keepaliveWithoutCalls = true
            let connection = try await test.connect(configuration)
            let closed = group.next().makePromise(of: RPCError.self)
            connection.onClose { closed.succeed($0) }
            // The server bears three pings at such a pace and no more.
            #expect(try await closed.futureResult.get().message.contains("too_many_pings"))
        }
    }

    @Test("A live server is not given up, however short the interval")
    func liveServer() async throws {
        var serving = RPCServerConfiguration()
        serving.pingIntervalMinimum = .zero
        try await TestServer.with(serving) { test in
            var configuration = RPCClientConfiguration.patient
            configuration.keepaliveInterval = .milliseconds(10)
            configuration.keepaliveTimeout = .seconds(10)
            configuration.keepaliveWithoutCalls = true
            let connection = try await test.connect(configuration)
            // The call ends by its own deadline, long after many pings.
            let error = await #expect(throws: RPCError.self) {
                try await connection.unary("/test.T/Later", [], timeout: .milliseconds(300))
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(try await connection.unary("/test.T/Echo", [1], timeout: .seconds(30)) == [1])
        }
    }
}
