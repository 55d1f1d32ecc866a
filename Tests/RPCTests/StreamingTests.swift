import NIOCore
import NIOPosix
import RPC
import Testing

@Suite("Calls whose client streams", .timeLimit(.minutes(1)))
struct StreamingTests {
    @Test("A stream of messages has one answer")
    func clientStream() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let call = connection.stream("/test.T/Sum")
            for number in 1...100 { try await call.send([UInt8(number)]) }
            call.finish()
            let sum = 5_050
            #expect(try await all(call.responses) == [[UInt8(sum & 0xFF), UInt8(sum >> 8)]])
        }
    }

    @Test("No message at all is a stream too")
    func empty() async throws {
        try await TestServer.with { test in
            let call = try await test.connect().stream("/test.T/Sum")
            call.finish()
            #expect(try await all(call.responses) == [[0, 0]])
        }
    }

    @Test("Each message is answered before the next is sent")
    func pingPong() async throws {
        try await TestServer.with { test in
            let call = try await test.connect().stream("/test.T/Chat")
            var responses = call.responses.makeAsyncIterator()
            for number in UInt8(0)..<50 {
                try await call.send([number, 1, 2])
                #expect(try await responses.next() == [2, 1, number])
            }
            call.finish()
            #expect(try await responses.next() == nil)
        }
    }

    @Test("Large messages cross in both directions at once, held by flow control only")
    func large() async throws {
        try await TestServer.with { test in
            let call = try await test.connect().stream("/test.T/Chat")
            let message = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
            async let answers = all(call.responses)
            for _ in 0..<8 { try await call.send(message) }
            call.finish()
            #expect(try await answers == Array(repeating: message.reversed(), count: 8))
        }
    }

    @Test("Each message is compressed or not as its sender says, and the handler sees which")
    func compressedEach() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let options = RPCCallOptions(compression: .gzip)
            let call = connection.stream("/test.T/Flags", options: options)
            let wanted = [true, false, false, true]
            let message = [UInt8](repeating: 7, count: 1_000)
            for compressed in wanted { try await call.send(message, compressed: compressed) }
            call.finish()
            #expect(try await all(call.responses) == wanted.map { [$0 ? 1 : 0] })
            // Where the call says nothing of compression, no message can be.
            let plain = connection.stream("/test.T/Flags")
            try await plain.send(message, compressed: true)
            plain.finish()
            #expect(try await all(plain.responses) == [[0]])
        }
    }

    @Test("A message that waits for room is compressed as its sender said")
    func compressedWaiting() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let options = RPCCallOptions(compression: .gzip)
            let call = connection.stream("/test.T/Flags", options: options)
            // Does not become smaller, and far more of it than is sent ahead.
            var random = SystemRandomNumberGenerator()
            let message = (0..<(200 << 10)).map { _ in UInt8.random(in: 0...255, using: &random) }
            async let answers = all(call.responses)
            for number in 0..<10 {
                try await call.send(message, compressed: number.isMultiple(of: 2))
            }
            call.finish()
            #expect(try await answers == (0..<10).map { [$0.isMultiple(of: 2) ? 1 : 0] })
        }
    }

    @Test("A unary handler sees whether its request came compressed")
    func compressedUnary() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            for (compression, flag) in [(RPCCompression.gzip, UInt8(1)), (.identity, 0)] {
                let answer = try await connection.unary(
                    "/test.T/Flag", [1, 2, 3],
                    options: RPCCallOptions(timeout: .seconds(30), compression: compression))
                #expect(answer.message == [flag])
            }
        }
    }

    @Test("The server ends a call while the client still sends")
    func serverEnds() async throws {
        try await TestServer.with { test in
            let call = try await test.connect().stream("/test.T/Until")
            var responses = call.responses.makeAsyncIterator()
            try await call.send([1])
            #expect(try await responses.next() == [1])
            try await call.send([])
            let error = await #expect(throws: RPCError.self) { try await responses.next() }
            #expect(error?.code == .outOfRange)
            // Nobody takes more of it.
            await #expect(throws: RPCError.self) {
                while true { try await call.send([2]) }
            }
        }
    }

    @Test("Cancelling reaches the handler, and the connection goes on")
    func cancel() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let call = connection.stream("/test.T/Chat")
            try await call.send([1, 2])
            var responses = call.responses.makeAsyncIterator()
            #expect(try await responses.next() == [2, 1])
            call.cancel()
            let error = await #expect(throws: RPCError.self) { try await responses.next() }
            #expect(error?.code == .cancelled)
            #expect(try await connection.unary("/test.T/Echo", [7], timeout: .seconds(30)) == [7])
        }
    }

    @Test("The end of a call is told to who does not read, however it ends")
    func untilEnded() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let ended = connection.stream("/test.T/Until")
            try await ended.send([1])
            try await ended.send([])
            await ended.responses.untilEnded()
            // What came before the end is still there.
            var responses = ended.responses.makeAsyncIterator()
            #expect(try await responses.next() == [1])
            let cancelled = connection.stream("/test.T/Chat")
            cancelled.cancel()
            await cancelled.responses.untilEnded()
            let cut = connection.stream("/test.T/Chat")
            try await cut.send([1])
            async let end: Void = cut.responses.untilEnded()
            await connection.close()
            await end
        }
    }

    @Test("A deadline ends a stream on both sides")
    func deadline() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let call = connection.stream(
                "/test.T/Chat", options: RPCCallOptions(timeout: .milliseconds(50)))
            let error = await #expect(throws: RPCError.self) { try await all(call.responses) }
            #expect(error?.code == .deadlineExceeded)
            #expect(try await connection.unary("/test.T/Echo", [7], timeout: .seconds(30)) == [7])
        }
    }

    @Test("A handler that does not read holds its client, and no one else")
    func heldClient() async throws {
        var configuration = RPCServerConfiguration()
        configuration.requestBufferMaximum = 64 << 10
        try await TestServer.with(configuration) { test in
            let connection = try await test.connect()
            let call = connection.stream("/test.T/Deaf")
            let sent = group.next().makePromise(of: Int.self)
            // What the bounds hold fits; far more does not.
            let sender = Task {
                var count = 0
                while true {
                    do { try await call.send(Array(repeating: 1, count: 64 << 10)) } catch { break }
                    count += 1
                }
                sent.succeed(count)
            }
            for _ in 0..<100 {
                #expect(
                    try await connection.unary("/test.T/Echo", [7], timeout: .seconds(30)) == [7])
            }
            call.cancel()
            await sender.value
            #expect(try await sent.futureResult.get() < 64)
        }
    }

    @Test("A shutdown lets a stream finish that ends within the limit")
    func shutdown() async throws {
        try await TestServer.with { test in
            let call = try await test.connect().stream("/test.T/Chat")
            var responses = call.responses.makeAsyncIterator()
            try await call.send([1, 2])
            #expect(try await responses.next() == [2, 1])
            async let down: Void = test.server.shutdown(limit: .seconds(30))
            try await call.send([3, 4])
            #expect(try await responses.next() == [4, 3])
            call.finish()
            #expect(try await responses.next() == nil)
            await down
        }
    }

    private func all(_ responses: RPCResponseStream) async throws(RPCError) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        for try await message in responses { messages.append(message) }
        return messages
    }
}
