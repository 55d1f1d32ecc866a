import NIOCore
import RPC

/// One thing that is tried with a server.
struct Case: Sendable {
    let name: String
    let run: @Sendable (Trial) async throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (Trial) async throws -> Void) {
        self.name = name
        self.run = run
    }

    static let all = unaryCases + streamCases + endingCases + boundCases + serviceCases
}

/// Why a case did not go as it should.
struct Unexpected: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The server that a case is tried with.
struct Trial: Sendable {
    /// What a call may take in all.
    static let limit = Duration.seconds(30)

    let connection: RPCClientConnection
    /// Makes another connection.
    let connect: @Sendable (RPCClientConfiguration) async throws(RPCError) -> RPCClientConnection
    /// The server can tell whether a message was compressed.
    let probesCompression: Bool

    func unary(
        _ method: String, _ request: [UInt8] = [], timeout: Duration = limit,
        metadata: RPCMetadata = .init(), compression: RPCCompression = .identity
    ) async throws(RPCError) -> RPCResponse {
        try await connection.unary(
            TestService.path(method), request,
            options: RPCCallOptions(
                timeout: timeout, metadata: metadata, compression: compression))
    }

    func stream(
        _ method: String, timeout: Duration = limit, metadata: RPCMetadata = .init(),
        compression: RPCCompression = .identity
    ) -> RPCClientStream {
        connection.stream(
            TestService.path(method),
            options: RPCCallOptions(
                timeout: timeout, metadata: metadata, compression: compression))
    }

    func serverStream(_ request: OutputRequest, timeout: Duration = limit) -> RPCResponseStream {
        connection.serverStream(
            TestService.path("StreamingOutputCall"), request.bytes, timeout: timeout)
    }

    /// Asks the test service for something that the test needs: `drain`, `open`, `serving`,
    /// `not-serving`.
    @discardableResult
    func control(_ word: String) async throws(RPCError) -> RPCResponse {
        try await unary("UnaryCall", metadata: .init([("muster-test-control", word)]))
    }

    /// The server works and so does the connection.
    func answers() async throws {
        let response = try await unary("UnaryCall", SimpleRequest(responseSize: 10).bytes)
        try expect(TestAnswer.payloadSize(response.message), 10, "the size of the answer")
    }
}

extension RPCMetadata {
    init(_ entries: [(String, String)]) {
        self.init()
        for (name, value) in entries { add(name, value) }
    }
}

func expect<Value: Equatable>(_ found: Value, _ wanted: Value, _ what: String) throws {
    guard found == wanted else {
        throw Unexpected("\(what) is \(found), not \(wanted)")
    }
}

/// The call has to end with that status, whose message has a part.
@discardableResult
func expectStatus<Result>(
    _ code: RPCStatus.Code, part: String = "", _ call: () async throws -> Result
) async throws -> RPCError {
    do {
        _ = try await call()
    } catch let error as RPCError {
        try expect(error.code, code, "the status (\(error.message))")
        guard error.message.contains(part) else {
            throw Unexpected("the message is '\(error.message)', without '\(part)'")
        }
        return error
    }
    throw Unexpected("the call was answered instead of \(code)")
}

/// Waits for a state of the other side, which nothing tells of.
func eventually(
    _ what: String, within limit: Duration = .seconds(10), _ probe: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !probe() {
        guard clock.now < deadline else { throw Unexpected("not within \(limit): \(what)") }
        // Between two probes of the other side.
        try await Task.sleep(for: .milliseconds(20))
    }
}
