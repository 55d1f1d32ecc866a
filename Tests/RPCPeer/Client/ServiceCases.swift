import RPC
import Wire

/// gRPC's standard services.
let serviceCases: [Case] = [
    Case("health_check") { trial in
        try expect(try await check(trial, ""), .serving, "the server")
        try expect(try await check(trial, TestService.name), .serving, "the test service")
        try await expectStatus(.notFound) { try await check(trial, "no.Service") }
    },
    Case("health_watch") { trial in
        let unknown = try watch(trial, "no.Service")
        var nothing = unknown.makeAsyncIterator()
        try expect(try await status(&nothing), .serviceUnknown, "an unknown service")
        unknown.cancel()
        let stream = try watch(trial, TestService.name)
        var statuses = stream.makeAsyncIterator()
        try expect(try await status(&statuses), .serving, "at first")
        try await trial.control("not-serving")
        try expect(try await status(&statuses), .notServing, "after the change")
        try await trial.control("serving")
        try expect(try await status(&statuses), .serving, "in the end")
        stream.cancel()
    },
    Case("reflection") { trial in
        let stream = trial.connection.stream(
            ReflectionService.infoAlpha, options: .init(timeout: Trial.limit))
        var responses = stream.responses.makeAsyncIterator()
        func ask(_ question: ReflectionRequest.Question) async throws -> ReflectionResponse.Answer?
        {
            try await stream.send(WireCodec.encode(ReflectionRequest(question)))
            return try await answer(&responses)
        }
        guard case .services(let services) = try await ask(.services("*")),
            services.contains(TestService.name)
        else { throw Unexpected("the test service is not listed") }
        guard case .files(let files) = try await ask(.fileDeclaring(symbol: TestService.name)),
            !files.isEmpty
        else { throw Unexpected("there is no file of the test service") }
        guard case .error(let code, _) = try await ask(.file(name: "no.proto")) else {
            throw Unexpected("there is a file no.proto")
        }
        try expect(code, 5, "the code of what is not there")
        stream.finish()
        guard try await responses.next() == nil else { throw Unexpected("one answer too many") }
    },
]

private func check(_ trial: Trial, _ service: String) async throws -> ServingStatus {
    let request = try WireCodec.encode(HealthCheckRequest(service: service))
    let response = try await trial.connection.unary(
        HealthService.check, request, timeout: Trial.limit)
    return try WireCodec.decodeHealthCheckResponse(response.span.bytes).status
}

private func watch(_ trial: Trial, _ service: String) throws -> RPCResponseStream {
    let request = try WireCodec.encode(HealthCheckRequest(service: service))
    return trial.connection.serverStream(HealthService.watch, request, timeout: Trial.limit)
}

private func status(
    _ iterator: inout RPCResponseStream.AsyncIterator
) async throws -> ServingStatus {
    guard let message = try await iterator.next() else { throw Unexpected("the watch ended") }
    return try WireCodec.decodeHealthCheckResponse(message.span.bytes).status
}

private func answer(
    _ iterator: inout RPCResponseStream.AsyncIterator
) async throws -> ReflectionResponse.Answer? {
    guard let message = try await iterator.next() else {
        throw Unexpected("the stream ended instead of an answer")
    }
    return try WireCodec.decodeReflectionResponse(message).answer
}
