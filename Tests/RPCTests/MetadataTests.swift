import NIOCore
import RPC
import Testing

@Suite("What travels beside messages", .timeLimit(.minutes(1)))
struct MetadataTests {
    private func asked(_ text: String, _ bytes: [UInt8]) -> RPCCallOptions {
        var options = RPCCallOptions(timeout: .seconds(30))
        options.metadata.add("x-text", text)
        options.metadata.add("x-bytes-bin", binary: bytes)
        return options
    }

    @Test("Text and bytes go ahead, come back, and follow at the end")
    func bothWays() async throws {
        try await TestServer.with { test in
            for length in 0..<8 {
                let bytes = (0..<length).map { UInt8(255 - $0) }
                let call = try await test.connect().stream(
                    "/test.T/Mirror", options: asked("hello, world", bytes))
                try await call.send([1, 2, 3])
                let initial = await call.responses.initialMetadata()
                #expect(initial["x-text"] == "hello, world")
                #expect(initial.binary("x-bytes-bin") == bytes)
                call.finish()
                for try await message in call.responses { #expect(message == [1, 2, 3]) }
                #expect(call.responses.trailingMetadata["x-end"] == "over")
            }
        }
    }

    @Test("A unary call has both too, and gzip both ways")
    func unary() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let message = Array(repeating: UInt8(7), count: 100_000)
            for compression in [RPCCompression.identity, .gzip] {
                let response = try await connection.unary(
                    "/test.T/Packed", message,
                    options: RPCCallOptions(timeout: .seconds(30), compression: compression))
                #expect(response.message == message)
                #expect(response.initialMetadata["x-gzip"] == "yes")
                #expect(response.trailingMetadata["x-gzip"] == "yes")
            }
        }
    }

    @Test("What is said after the head is out is ignored, and breaks nothing")
    func tooLate() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let stream = connection.serverStream("/test.T/Held", [])
            #expect(await stream.initialMetadata().isEmpty)
            let writer = try await test.events.held.futureResult.get()
            writer.sendInitialMetadata(RPCMetadata(), compression: .gzip)
            writer.send([1, 2, 3])
            writer.finish()
            for try await message in stream { #expect(message == [1, 2, 3]) }
        }
    }

    @Test("A status has details and metadata")
    func details() async throws {
        try await TestServer.with { test in
            let connection = try await test.connect()
            let error = await #expect(throws: RPCError.self) {
                try await connection.unary("/test.T/Detailed", [], timeout: .seconds(30))
            }
            #expect(error?.status.details == [0, 1, 254, 255])
            #expect(error?.metadata["x-hint"] == "look here")
        }
    }

    @Test(
        "Names and values that would break the protocol are not sent",
        arguments: [
            ("X-Upper", "a"), ("grpc-own", "a"), (":path", "a"), ("te", "a"), ("", "a"),
            ("with space", "a"), ("x-line", "a\r\nb: c"), ("x-nul", "a\u{0}"), ("x-bin", "a"),
        ])
    func unfit(name: String, value: String) {
        var metadata = RPCMetadata()
        metadata.add(name, value)
        #expect(metadata.isEmpty)
    }

    @Test("A message that inflates beyond the bound is RESOURCE_EXHAUSTED")
    func bomb() async throws {
        var configuration = RPCServerConfiguration()
        configuration.requestMaximum = 10_000
        try await TestServer.with(configuration) { test in
            let connection = try await test.connect()
            let options = RPCCallOptions(timeout: .seconds(30), compression: .gzip)
            let error = await #expect(throws: RPCError.self) {
                try await connection.unary(
                    "/test.T/Packed", Array(repeating: 0, count: 1 << 20), options: options)
            }
            #expect(error?.code == .resourceExhausted)
        }
    }
}
