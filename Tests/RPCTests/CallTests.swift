import NIOCore
import RPC
import Testing

@Suite("Calls", .timeLimit(.minutes(1)))
struct CallTests {
    @Test("A unary call answered on the event loop brings its bytes back")
    func inline() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            for size in [0, 1, 100, 20_000, 300_000, 4 << 20] {
                let message = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
                let reply = try await connection.unary(
                    "/test.T/Echo", message, timeout: .seconds(10))
                #expect(reply == message)
            }
        }
    }

    @Test("A deferred reply may come from another thread")
    func deferred() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let reply = try await connection.unary(
                "/test.T/Thread", [1, 2, 3], timeout: .seconds(10))
            #expect(reply == [3, 2, 1])
        }
    }

    @Test("An error keeps its code and its message, whatever characters it has")
    func failure() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let expected = RPCError(.failedPrecondition, "Sitzung veraltet: 100 % grün\n")
            await #expect(throws: expected) {
                try await connection.unary("/test.T/Fail", [], timeout: .seconds(10))
            }
            // The connection goes on.
            #expect(try await connection.unary("/test.T/Echo", [1], timeout: .seconds(10)) == [1])
        }
    }

    @Test("A reply that is dropped tells the client INTERNAL")
    func dropped() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            #expect(await code(connection, "/test.T/Drop") == .internalError)
        }
    }

    @Test("An unknown method is UNIMPLEMENTED")
    func unknown() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            #expect(await code(connection, "/test.T/Nothing") == .unimplemented)
        }
    }

    @Test("Only the first completion of a reply counts")
    func completedTwice() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            async let answer = connection.unary("/test.T/Later", [], timeout: .seconds(10))
            let reply = try await test.events.later.futureResult.get()
            reply.succeed([1])
            reply.fail(RPCError(.aborted, "too late"))
            reply.succeed([2])
            #expect(try await answer == [1])
        }
    }

    @Test("Many calls are in flight at a time, each with its own answer")
    func manyCalls() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<100 {
                    tasks.addTask {
                        let message = [UInt8(number), 7]
                        let method = number % 2 == 0 ? "/test.T/Echo" : "/test.T/Thread"
                        let reply = try await connection.unary(
                            method, message, timeout: .seconds(10))
                        return reply == (number % 2 == 0 ? message : message.reversed())
                    }
                }
                for try await isRight in tasks { #expect(isRight) }
            }
        }
    }

    @Test("A stream of a thousand messages arrives in order")
    func stream() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            var count = 0
            for try await message in connection.serverStream("/test.T/Count", [10]) {
                #expect(message == [UInt8(count & 0xFF), UInt8(count >> 8)])
                count += 1
            }
            #expect(count == 1_000)
        }
    }

    @Test("A request above the bound is RESOURCE_EXHAUSTED and the connection goes on")
    func tooLarge() async throws {
        var configuration = RPCServerConfiguration()
        configuration.requestMaximum = 1_000
        try await TestServer.with(configuration) { test in
            let connection = try await test.connect()
            let large = [UInt8](repeating: 0, count: 1 << 20)
            #expect(await code(connection, "/test.T/Echo", large) == .resourceExhausted)
            #expect(await code(connection, "/test.T/Echo", []) == .ok)
        }
    }

    @Test("A response above the bound is RESOURCE_EXHAUSTED and the connection goes on")
    func largeResponse() async throws {
        try await TestServer.with { test in
            var configuration = RPCClientConfiguration.patient
            configuration.responseMaximum = 1_000
            let connection = try await test.connect(configuration)
            let large = [UInt8](repeating: 0, count: 1 << 20)
            #expect(await code(connection, "/test.T/Echo", large) == .resourceExhausted)
            #expect(await code(connection, "/test.T/Echo", []) == .ok)
        }
    }
}

/// The code with which a unary call ended.
func code(
    _ connection: RPCClientConnection, _ method: String, _ message: [UInt8] = [],
    timeout: Duration = .seconds(30)
) async -> RPCStatus.Code {
    do throws(RPCError) {
        _ = try await connection.unary(method, message, timeout: timeout)
        return .ok
    } catch {
        return error.code
    }
}
