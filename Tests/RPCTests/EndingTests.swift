import NIOCore
import NIOPosix
import RPC
import Synchronization
import Testing

@Suite("How calls and connections end", .timeLimit(.minutes(1)))
struct EndingTests {
    @Test("A call without an answer ends at its deadline, on both sides")
    func deadline() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            #expect(
                await code(connection, "/test.T/Later", timeout: .milliseconds(200))
                    == .deadlineExceeded)
            let stream = connection.serverStream(
                "/test.T/Held", [], timeout: .milliseconds(200))
            #expect(await end(of: stream).code == .deadlineExceeded)
            try await test.events.heldEnded.futureResult.get()
        }
    }

    @Test("Cancelling the task cancels the call")
    func cancelUnary() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let call = Task { await code(connection, "/test.T/Later") }
            _ = try await test.events.later.futureResult.get()
            call.cancel()
            #expect(await call.value == .cancelled)
            #expect(await code(connection, "/test.T/Echo") == .ok)
        }
    }

    @Test("Cancelling the reader tells the server's writer")
    func cancelStream() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let stream = connection.serverStream("/test.T/Held", [])
            let reader = Task { await end(of: stream) }
            let writer = try await test.events.held.futureResult.get()
            reader.cancel()
            #expect(await reader.value.code == .cancelled)
            try await test.events.heldEnded.futureResult.get()
            #expect(writer.send([1]) == .ended)
        }
    }

    @Test("Dropping a stream tells the server's writer")
    func dropStream() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            var stream: RPCResponseStream? = connection.serverStream("/test.T/Held", [])
            _ = try await test.events.held.futureResult.get()
            #expect(stream != nil)
            stream = nil
            try await test.events.heldEnded.futureResult.get()
            #expect(await code(connection, "/test.T/Echo") == .ok)
        }
    }

    @Test("A stream's status comes after all its messages")
    func finishWithStatus() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let stream = connection.serverStream("/test.T/Held", [])
            let writer = try await test.events.held.futureResult.get()
            #expect(writer.send([1]) == .accepted)
            #expect(writer.send([2]) == .accepted)
            writer.finish(RPCStatus(.aborted, "replaced"))
            #expect(writer.send([3]) == .ended)
            var messages: [[UInt8]] = []
            await #expect(throws: RPCError(.aborted, "replaced")) {
                for try await message in stream { messages.append(message) }
            }
            #expect(messages == [[1], [2]])
        }
    }

    @Test("The server learns at once that a connection is gone, and ends its streams")
    func clientGone() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let stream = connection.serverStream("/test.T/Held", [])
            let id = try await test.events.connection.futureResult.get()
            let closed = group.next().makePromise(of: RPCError.self)
            connection.onClose { closed.succeed($0) }
            await connection.close()
            #expect(try await test.events.closed.futureResult.get() == id)
            try await test.events.heldEnded.futureResult.get()
            #expect(await end(of: stream).code == .unavailable)
            #expect(try await closed.futureResult.get().code == .unavailable)
            #expect(connection.isClosed)
            #expect(await code(connection, "/test.T/Echo") == .unavailable)

            let again = try await test.connect()
            #expect(await code(again, "/test.T/Echo") == .ok)
        }
    }

    @Test("A server that shuts down ends streams, finishes unary calls, and closes")
    func shutdown() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let stream = connection.serverStream("/test.T/Held", [])
            _ = try await test.events.held.futureResult.get()
            let call = Task {
                try await connection.unary("/test.T/Later", [], timeout: .seconds(10))
            }
            let reply = try await test.events.later.futureResult.get()
            async let stopped: Void = test.server.shutdown(limit: .seconds(20))
            let status = await end(of: stream)
            #expect(status == RPCStatus(.unavailable, "the server is shutting down"))
            reply.succeed([9])
            #expect(try await call.value == [9])
            await stopped
            #expect(test.server.connectionCount == 0)
            await #expect(throws: RPCError.self) { try await test.connect() }
        }
    }

    @Test("A shutdown does not wait longer than its limit")
    func shutdownLimit() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            async let answer = code(connection, "/test.T/Later")
            let reply = try await test.events.later.futureResult.get()
            await test.server.shutdown(limit: .milliseconds(50))
            #expect(await answer == .unavailable)
            reply.succeed([])
        }
    }

    @Test("A reader that is slow makes the writer overflow, not grow")
    func slowReader() async throws {
        var configuration = RPCServerConfiguration()
        configuration.streamBufferMaximum = 1 << 20
        try await TestServer.with(configuration) { test in
            let connection = try await test.connect()
            let stream = connection.serverStream("/test.T/Held", [])
            let writer = try await test.events.held.futureResult.get()
            let message = [UInt8](repeating: 1, count: 10_000)
            var accepted = 0
            // The client holds at most its buffer and window, the server its buffer.
            let bound = 8 << 20
            // A writer that is ahead of its connection overflows too: the reader is what holds it
            // when nothing more fits although all that was under way has arrived.
            var stuck = 0
            while accepted * message.count < bound, stuck < 3 {
                let before = accepted
                while accepted * message.count < bound, writer.send(message) == .accepted {
                    accepted += 1
                }
                #expect(await code(connection, "/test.T/Echo") == .ok)
                stuck = accepted == before ? stuck + 1 : 0
            }
            #expect(accepted * message.count < bound)
            #expect(writer.send(message) == .overflow)
            // The connection serves other calls meanwhile.
            #expect(await code(connection, "/test.T/Echo") == .ok)
            writer.finish(RPCStatus(.resourceExhausted, "too slow"))
            var received = 0
            await #expect(throws: RPCError(.resourceExhausted, "too slow")) {
                for try await _ in stream { received += 1 }
            }
            #expect(received == accepted)
        }
    }

    @Test("Streams that nobody reads do not hold other calls")
    func unreadStreams() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            var configuration = RPCClientConfiguration.patient
            configuration.streamBufferMaximum = 100
            let small = try await test.connect(configuration)
            let streams = (0..<20).map { _ in small.serverStream("/test.T/Count", [250]) }
            #expect(await code(small, "/test.T/Echo", [UInt8](repeating: 0, count: 1 << 20)) == .ok)
            for stream in streams {
                var count = 0
                for try await _ in stream { count += 1 }
                #expect(count == 25_000)
            }
            await connection.close()
        }
    }

    @Test("A server that is not there is UNAVAILABLE, with its address in the message")
    func nobody() async throws {
        let port = try await TestServer.with { $0.port }
        let error = await #expect(throws: RPCError.self) {
            try await RPCClientConnection.connect(
                to: .tcp(host: "127.0.0.1", port: port), group: group, logger: logger)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("127.0.0.1:\(port)") == true)
    }

    @Test("An address in use can't be listened on")
    func addressInUse() async throws {
        try await TestServer.with { test in
            let other = RPCServer(group: group, methods: [], logger: logger)
            let error = await #expect(throws: RPCError.self) {
                try await other.start(host: "127.0.0.1", port: test.port)
            }
            #expect(error?.message.contains("\(test.port)") == true)
        }
    }
}

/// How a stream ended, whatever it brought before.
func end(of stream: RPCResponseStream) async -> RPCStatus {
    do throws(RPCError) {
        for try await _ in stream {}
        return .ok
    } catch {
        return error.status
    }
}
