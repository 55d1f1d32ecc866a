import RPC

/// Sizes, silence and ends of connections.
let boundCases: [Case] = [
    Case("message_under_the_server's_limit") { trial in
        let request = SimpleRequest(responseSize: 1, bodySize: (4 << 20) - 100)
        let response = try await trial.unary("UnaryCall", request.bytes)
        try expect(TestAnswer.payloadSize(response.message), 1, "the size")
    },
    Case("message_over_the_server's_limit") { trial in
        try await expectStatus(.resourceExhausted) {
            try await trial.unary("UnaryCall", SimpleRequest(bodySize: 5 << 20).bytes)
        }
        try await trial.answers()
    },
    Case("message_over_the_client's_limit") { trial in
        var configuration = RPCClientConfiguration()
        configuration.responseMaximum = 1 << 20
        let connection = try await trial.connect(configuration)
        func call(_ size: Int) async throws(RPCError) -> [UInt8] {
            try await connection.unary(
                TestService.path("UnaryCall"), SimpleRequest(responseSize: size).bytes,
                timeout: Trial.limit)
        }
        try await expectStatus(.resourceExhausted) { try await call(2 << 20) }
        try expect(TestAnswer.payloadSize(try await call(1_000_000)), 1_000_000, "the size")
        await connection.close()
    },
    Case("keepalive") { trial in
        // The other side answers for a while, and then it is as if a cable had been pulled.
        var configuration = RPCClientConfiguration()
        configuration.keepaliveInterval = .milliseconds(200)
        configuration.keepaliveTimeout = .milliseconds(500)
        configuration.keepaliveWithoutCalls = true
        let clock = ContinuousClock()
        let start = clock.now
        let connection = try await trial.connect(configuration)
        let reason = await closing(of: connection)
        let lived = start.duration(to: clock.now)
        guard (Duration.milliseconds(1_000)...Duration.seconds(5)).contains(lived) else {
            throw Unexpected("closed after \(lived): \(reason)")
        }
    },
    Case("too_many_pings") { trial in
        var configuration = RPCClientConfiguration()
        configuration.keepaliveInterval = .milliseconds(20)
        configuration.keepaliveTimeout = .milliseconds(500)
        configuration.keepaliveWithoutCalls = true
        let connection = try await trial.connect(configuration)
        let reason = await closing(of: connection)
        guard reason.message.contains("too_many_pings") else {
            throw Unexpected("closed, but for: \(reason)")
        }
    },
    Case("goaway_during_calls") { trial in
        async let slow = trial.unary(
            "UnaryCall", SimpleRequest(responseSize: 314_159).bytes,
            metadata: .init([("muster-test-delay-ms", "1000")]))
        try await eventually("the slow call has begun") {
            let metadata = try await trial.control("open").trailingMetadata
            return metadata["muster-test-open"] == "1"
        }
        try await trial.control("drain")
        let response = try await slow
        try expect(TestAnswer.payloadSize(response.message), 314_159, "the size")
        try await eventually("the connection is closed") { trial.connection.isClosed }
        try await expectStatus(.unavailable) { try await trial.unary("EmptyCall") }
    },
]

/// Waits until a connection is closed, and says why.
private func closing(of connection: RPCClientConnection) async -> RPCError {
    await withCheckedContinuation { continuation in
        connection.onClose { continuation.resume(returning: $0) }
    }
}
