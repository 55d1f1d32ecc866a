import RPC

private let whitespaceAndUnicode =
    "\t\ntest with whitespace\r\nand Unicode BMP \u{263A} and non-BMP \u{1F608}\t\n"

/// Calls that end otherwise than with `OK`, those of gRPC's document first.
let endingCases: [Case] = [
    Case("status_code_and_message") { trial in
        let wanted = EchoStatus(code: 2, message: "test status message")
        let error = try await expectStatus(.unknown) {
            try await trial.unary("UnaryCall", SimpleRequest(responseStatus: wanted).bytes)
        }
        try expect(error.message, wanted.message, "the message")
        let stream = trial.stream("FullDuplexCall")
        try await stream.send(OutputRequest([], responseStatus: wanted).bytes)
        stream.finish()
        let streamError = try await expectStatus(.unknown) {
            for try await _ in stream.responses {}
        }
        try expect(streamError.message, wanted.message, "the stream's message")
    },
    Case("special_status_message") { trial in
        let wanted = EchoStatus(code: 2, message: whitespaceAndUnicode)
        let error = try await expectStatus(.unknown) {
            try await trial.unary("UnaryCall", SimpleRequest(responseStatus: wanted).bytes)
        }
        try expect(error.message, whitespaceAndUnicode, "the message")
    },
    Case("status_details") { trial in
        var metadata = RPCMetadata()
        let details = [UInt8](0...255)
        metadata.add("muster-test-details-bin", binary: details)
        let wanted = EchoStatus(code: 9, message: "with details")
        let error = try await expectStatus(.failedPrecondition) {
            try await trial.unary(
                "UnaryCall", SimpleRequest(responseStatus: wanted).bytes, metadata: metadata)
        }
        try expect(error.status.details, details, "the details")
    },
    Case("unimplemented_method") { trial in
        try await expectStatus(.unimplemented) { try await trial.unary("UnimplementedCall") }
    },
    Case("unimplemented_service") { trial in
        try await expectStatus(.unimplemented) {
            try await trial.connection.unary(
                "/grpc.testing.UnimplementedService/UnimplementedCall", [], timeout: Trial.limit)
        }
    },
    Case("cancel_after_begin") { trial in
        let stream = trial.stream("StreamingInputCall")
        stream.cancel()
        try await expectStatus(.cancelled) { for try await _ in stream.responses {} }
        try await trial.answers()
    },
    Case("cancel_after_first_response") { trial in
        let stream = trial.stream("FullDuplexCall")
        var responses = stream.responses.makeAsyncIterator()
        try await stream.send(OutputRequest([.init(size: 31_415)], bodySize: 27_182).bytes)
        guard try await responses.next() != nil else { throw Unexpected("no answer") }
        stream.cancel()
        try await expectStatus(.cancelled) { try await responses.next() }
        try await trial.answers()
    },
    Case("cancel_reaches_the_server") { trial in
        let stream = trial.stream("FullDuplexCall")
        try await stream.send(OutputRequest([.init(size: 1)]).bytes)
        var responses = stream.responses.makeAsyncIterator()
        guard try await responses.next() != nil else { throw Unexpected("no answer") }
        try await eventually("the server counts the call") { try await openCalls(trial) == 1 }
        stream.cancel()
        try await eventually("the server ended the call") { try await openCalls(trial) == 0 }
    },
    Case("server_ends_before_the_client") { trial in
        let stream = trial.stream("FullDuplexCall")
        let wanted = EchoStatus(code: 10, message: "enough")
        try await stream.send(OutputRequest([.init(size: 5)], responseStatus: wanted).bytes)
        try await expectStatus(.aborted, part: "enough") {
            for try await _ in stream.responses {}
        }
        // The client had more to say: it is told that nobody listens.
        try await eventually("sending ends") {
            do {
                try await stream.send(OutputRequest([]).bytes)
                return false
            } catch {
                return true
            }
        }
        try await trial.answers()
    },
    Case("timeout_on_sleeping_server") { trial in
        let stream = trial.stream("FullDuplexCall", timeout: .milliseconds(1))
        try? await stream.send(
            OutputRequest([.init(size: 8, interval: 2_000_000)], bodySize: 27_182).bytes)
        try await expectStatus(.deadlineExceeded) { for try await _ in stream.responses {} }
        try await trial.answers()
    },
    Case("deadline_of_a_unary_call") { trial in
        let clock = ContinuousClock()
        let start = clock.now
        try await expectStatus(.deadlineExceeded) {
            try await trial.unary(
                "UnaryCall", timeout: .milliseconds(200),
                metadata: .init([("muster-test-delay-ms", "5000")]))
        }
        let taken = start.duration(to: clock.now)
        guard (Duration.milliseconds(150)...Duration.seconds(3)).contains(taken) else {
            throw Unexpected("the deadline of 200 ms came after \(taken)")
        }
        try await trial.answers()
    },
]

/// How many streams the server has open, as it says itself.
private func openCalls(_ trial: Trial) async throws -> Int {
    let metadata = try await trial.control("open").trailingMetadata
    guard let text = metadata["muster-test-open"], let count = Int(text) else {
        throw Unexpected("the server does not say how many streams are open")
    }
    return count
}
