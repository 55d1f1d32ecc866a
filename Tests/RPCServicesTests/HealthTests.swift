import RPC
import RPCServices
import Testing
import Wire

@Suite("Health, served")
struct HealthTests {
    private let limit = Duration.seconds(20)

    private func check(
        _ service: String, _ connection: RPCClientConnection
    ) async throws -> ServingStatus {
        let request = try WireCodec.encode(HealthCheckRequest(service: service))
        let response = try await connection.unary(HealthService.check, request, timeout: limit)
        return try WireCodec.decodeHealthCheckResponse(response.span.bytes).status
    }

    private func watch(
        _ service: String, _ connection: RPCClientConnection
    ) throws -> RPCResponseStream {
        let request = try WireCodec.encode(HealthCheckRequest(service: service))
        return connection.serverStream(HealthService.watch, request, timeout: limit)
    }

    private func next(
        _ iterator: inout RPCResponseStream.AsyncIterator
    ) async throws -> ServingStatus? {
        guard let message = try await iterator.next() else { return nil }
        return try WireCodec.decodeHealthCheckResponse(message.span.bytes).status
    }

    @Test("Check says what was set, and NOT_FOUND for what was not")
    func check() async throws {
        let health = Health()
        try await withServer(health.methods) { connection in
            #expect(try await check("", connection) == .serving)
            let error = try await #require(throws: RPCError.self) {
                try await check("test.Service", connection)
            }
            #expect(error.code == .notFound)
            #expect(error.message.contains("test.Service"))
            health.set(.notServing, of: "test.Service")
            #expect(try await check("test.Service", connection) == .notServing)
            health.shutDown()
            health.set(.serving, of: "")
            #expect(try await check("", connection) == .notServing)
        }
    }

    @Test("Watch says each change in order, from SERVICE_UNKNOWN to the shutdown")
    func watch() async throws {
        let health = Health()
        try await withServer(health.methods) { connection in
            let stream = try watch("test.Service", connection)
            var statuses = stream.makeAsyncIterator()
            #expect(try await next(&statuses) == .serviceUnknown)
            for _ in 0..<100 {
                health.set(.serving, of: "test.Service")
                health.set(.notServing, of: "test.Service")
            }
            health.set(.serving, of: "test.Service")
            for _ in 0..<100 {
                #expect(try await next(&statuses) == .serving)
                #expect(try await next(&statuses) == .notServing)
            }
            #expect(try await next(&statuses) == .serving)
            health.shutDown()
            #expect(try await next(&statuses) == .notServing)
        }
    }

    @Test("A watcher that goes makes room for another")
    func bound() async throws {
        let health = Health(watcherMaximum: 1)
        try await withServer(health.methods) { connection in
            let first = try watch("", connection)
            var statuses = first.makeAsyncIterator()
            #expect(try await next(&statuses) == .serving)
            var refused = try watch("", connection).makeAsyncIterator()
            let error = try await #require(throws: RPCError.self) { try await next(&refused) }
            #expect(error.code == .resourceExhausted)
            first.cancel()
            // The cancellation reaches the server before the call that follows it.
            var second = try watch("", connection).makeAsyncIterator()
            #expect(try await next(&second) == .serving)
            #expect(health.watcherCount == 1)
        }
    }

    @Test("A watcher that does not read is ended, and holds nothing up")
    func slowWatcher() async throws {
        let health = Health()
        var configuration = RPCServerConfiguration()
        configuration.streamBufferMaximum = 70
        try await withServer(health.methods, configuration) { connection in
            var statuses = try watch("", connection).makeAsyncIterator()
            #expect(try await next(&statuses) == .serving)
            // Messages of seven bytes, faster than the connection takes them.
            for number in 0..<10_000 {
                health.set(number.isMultiple(of: 2) ? .notServing : .serving, of: "")
            }
            let error = try await #require(throws: RPCError.self) {
                while try await next(&statuses) != nil {}
            }
            #expect(error.code == .resourceExhausted)
            #expect(error.message.contains("watch again"))
            #expect(health.watcherCount == 0)
        }
    }

    @Test("A request that is no protobuf is INVALID_ARGUMENT")
    func malformed() async throws {
        try await withServer(Health().methods) { connection in
            let malformed: [UInt8] = [0x0A, 0x05]
            let error = try await #require(throws: RPCError.self) {
                try await connection.unary(HealthService.check, malformed, timeout: limit)
            }
            #expect(error.code == .invalidArgument)
            let watched = try await #require(throws: RPCError.self) {
                let stream = connection.serverStream(HealthService.watch, malformed)
                for try await _ in stream {}
            }
            #expect(watched.code == .invalidArgument)
        }
    }
}
