import NIOCore
import RPC

/// gRPC's test service (Protos/grpc/testing/test.proto), as its document on interoperability tests
/// says that a server behaves.
struct TestService: Sendable {
    static let name = "grpc.testing.TestService"

    let controls: Controls
    /// Answers are compressed wherever the client reads it, asked or not.
    let compressesAll: Bool

    static func path(_ method: String) -> String { "/\(name)/\(method)" }

    var methods: [RPCMethod] {
        [
            .unary(Self.path("EmptyCall"), inline: { _, _ in [] }),
            .unary(Self.path("UnaryCall"), deferred: unaryCall),
            .serverStream(Self.path("StreamingOutputCall"), handler: streamingOutputCall),
            .clientStream(Self.path("StreamingInputCall"), streamingInputCall),
            .stream(Self.path("FullDuplexCall"), fullDuplexCall),
            .stream(Self.path("HalfDuplexCall"), halfDuplexCall),
        ]
    }

    private func unaryCall(_ bytes: [UInt8], _ context: RPCContext, _ reply: RPCReply) {
        let echo = Echo(context.metadata)
        do throws(RPCError) {
            let request = try SimpleRequest(reading: bytes)
            try expectCompressed(request.expectCompressed, context.isRequestCompressed)
            if let asked = request.responseStatus {
                var status = asked.status
                status.details = echo.details
                return reply.fail(RPCError(status, metadata: echo.trailing))
            }
            let compressed = request.responseCompressed ?? compressesAll
            var response = RPCResponse(
                TestAnswer.payload(size: try size(request.responseSize)),
                initialMetadata: echo.initial, trailingMetadata: echo.trailing,
                compression: compressed ? .gzip : .identity)
            controls.obey(context.metadata, &response.trailingMetadata)
            guard echo.delay > .zero else { return reply.succeed(response) }
            controls.began()
            Task { [response] in
                // What the client asked for: a call that takes long.
                try? await Task.sleep(for: echo.delay)
                controls.ended()
                reply.succeed(response)
            }
        } catch {
            reply.fail(error)
        }
    }

    private func streamingOutputCall(
        _ bytes: [UInt8], _ context: RPCContext, _ writer: RPCStreamWriter
    ) {
        do throws(RPCError) {
            let request = try OutputRequest(reading: bytes)
            var answering = Answering(service: self, writer: writer, context)
            // Before the handler returns: then the head of the response goes out.
            answering.begin(request)
            controls.began()
            let work = Task { [answering] in await answering.run(request) }
            writer.onTermination {
                controls.ended()
                work.cancel()
            }
        } catch {
            writer.finish(error.status, metadata: error.metadata)
        }
    }

    private func streamingInputCall(
        _ requests: RPCRequestStream, _ context: RPCContext
    ) async throws(RPCError) -> RPCResponse {
        controls.began()
        defer { controls.ended() }
        let echo = Echo(context.metadata)
        var sum = 0
        var iterator = requests.makeAsyncIterator()
        while let bytes = try await iterator.next() {
            let request = try InputRequest(reading: bytes)
            try expectCompressed(request.expectCompressed, iterator.wasCompressed)
            sum += request.body.count
        }
        return RPCResponse(
            TestAnswer.sum(sum), initialMetadata: echo.initial, trailingMetadata: echo.trailing,
            compression: compressesAll ? .gzip : .identity)
    }

    private func fullDuplexCall(
        _ requests: RPCRequestStream, _ context: RPCContext, _ writer: RPCStreamWriter
    ) async throws(RPCError) {
        controls.began()
        defer { controls.ended() }
        var answering = Answering(service: self, writer: writer, context)
        for try await request in requests {
            try await answering.answer(try OutputRequest(reading: request))
        }
        writer.finish(metadata: Echo(context.metadata).trailing)
    }

    private func halfDuplexCall(
        _ requests: RPCRequestStream, _ context: RPCContext, _ writer: RPCStreamWriter
    ) async throws(RPCError) {
        controls.began()
        defer { controls.ended() }
        var kept: [OutputRequest] = []
        for try await request in requests {
            guard kept.count < Self.keptMaximum else {
                throw RPCError(.resourceExhausted, "more than \(Self.keptMaximum) requests")
            }
            kept.append(try OutputRequest(reading: request))
        }
        var answering = Answering(service: self, writer: writer, context)
        for request in kept { try await answering.answer(request) }
        writer.finish(metadata: Echo(context.metadata).trailing)
    }

    /// Requests that `HalfDuplexCall` holds.
    private static let keptMaximum = 1_000
    /// Bytes of an answer.
    private static let sizeMaximum = 64 << 20

    private func expectCompressed(_ expected: Bool?, _ found: Bool) throws(RPCError) {
        guard expected == nil || expected == found else {
            let how = found ? "compressed" : "not compressed"
            throw RPCError(.invalidArgument, "the message came \(how), unlike what it says")
        }
    }

    fileprivate func size(_ asked: Int) throws(RPCError) -> Int {
        guard (0...Self.sizeMaximum).contains(asked) else {
            throw RPCError(.invalidArgument, "a size of \(asked) is not within 0...64 MiB")
        }
        return asked
    }
}

/// Answers the requests of one stream.
private struct Answering {
    let service: TestService
    let writer: RPCStreamWriter
    private let echo: Echo
    /// Whether answers can be compressed was said, which the first request decides.
    private var hasBegun = false

    init(service: TestService, writer: RPCStreamWriter, _ context: RPCContext) {
        self.service = service
        self.writer = writer
        echo = Echo(context.metadata)
    }

    mutating func answer(_ request: OutputRequest) async throws(RPCError) {
        begin(request)
        for wanted in request.wanted {
            if wanted.interval > 0 {
                // What the client asked for: a pause between messages.
                try? await Task.sleep(for: .microseconds(wanted.interval))
            }
            let message = TestAnswer.payload(size: try service.size(wanted.size))
            try await writer.write(message, compressed: wanted.compressed ?? true)
        }
        if let status = request.responseStatus { throw RPCError(status.status) }
    }

    /// Answers one request and ends the stream.
    func run(_ request: OutputRequest) async {
        var answering = self
        do throws(RPCError) {
            try await answering.answer(request)
            writer.finish(metadata: echo.trailing)
        } catch {
            writer.finish(error.status, metadata: error.metadata)
        }
    }

    mutating func begin(_ request: OutputRequest) {
        guard !hasBegun else { return }
        hasBegun = true
        let compresses =
            service.compressesAll || request.wanted.contains { $0.compressed == true }
        writer.sendInitialMetadata(echo.initial, compression: compresses ? .gzip : .identity)
    }
}
