import RPC

/// The cases of gRPC's document on interoperability tests that make unary calls.
let unaryCases: [Case] = [
    Case("empty_unary") { trial in
        try expect(try await trial.unary("EmptyCall").message, [], "the answer")
    },
    Case("large_unary") { trial in try await largeUnary(trial) },
    Case("concurrent_large_unary") { trial in
        try await withThrowingTaskGroup { group in
            for _ in 0..<100 { group.addTask { try await largeUnary(trial) } }
            try await group.waitForAll()
        }
    },
    Case("client_compressed_unary") { trial in
        func call(_ expected: Bool, _ compression: RPCCompression) async throws {
            let request = SimpleRequest(
                responseSize: 314_159, bodySize: 271_828, expectCompressed: expected)
            let response = try await trial.unary(
                "UnaryCall", request.bytes, compression: compression)
            try expect(TestAnswer.payloadSize(response.message), 314_159, "the size")
        }
        if trial.probesCompression {
            try await expectStatus(.invalidArgument) { try await call(true, .identity) }
        }
        try await call(true, .gzip)
        try await call(false, .identity)
    },
    Case("server_compressed_unary") { trial in
        for compressed in [true, false] {
            let request = SimpleRequest(
                responseSize: 314_159, bodySize: 271_828, responseCompressed: compressed)
            let response = try await trial.unary("UnaryCall", request.bytes)
            try expect(TestAnswer.payloadSize(response.message), 314_159, "the size")
        }
    },
    Case("gzip_both_ways") { trial in
        for size in [0, 1, 100_000, 3_000_000] {
            let request = SimpleRequest(
                responseSize: size, bodySize: size, responseCompressed: true)
            let response = try await trial.unary("UnaryCall", request.bytes, compression: .gzip)
            try expect(TestAnswer.payloadSize(response.message), size, "the size")
        }
    },
    Case("custom_metadata") { trial in
        let value = "test_initial_metadata_value"
        var metadata = RPCMetadata([("x-grpc-test-echo-initial", value)])
        metadata.add("x-grpc-test-echo-trailing-bin", binary: [0xAB, 0xAB, 0xAB])
        let request = SimpleRequest(responseSize: 314_159, bodySize: 271_828)
        let response = try await trial.unary("UnaryCall", request.bytes, metadata: metadata)
        try expectEcho(value, response.initialMetadata, response.trailingMetadata)
        let stream = trial.stream("FullDuplexCall", metadata: metadata)
        try await stream.send(OutputRequest([.init(size: 314_159)], bodySize: 271_828).bytes)
        stream.finish()
        for try await _ in stream.responses {}
        try expectEcho(
            value, await stream.responses.initialMetadata(), stream.responses.trailingMetadata)
    },
    Case("binary_metadata") { trial in
        for length in [0, 1, 2, 3, 256] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
            var metadata = RPCMetadata()
            metadata.add("x-grpc-test-echo-trailing-bin", binary: bytes)
            let trailing = try await trial.unary("UnaryCall", metadata: metadata).trailingMetadata
            try expect(trailing.binary("x-grpc-test-echo-trailing-bin"), bytes, "the echo")
        }
    },
]

private func largeUnary(_ trial: Trial) async throws {
    let request = SimpleRequest(responseSize: 314_159, bodySize: 271_828)
    let response = try await trial.unary("UnaryCall", request.bytes)
    try expect(TestAnswer.payloadSize(response.message), 314_159, "the size of the answer")
}

private func expectEcho(_ value: String, _ initial: RPCMetadata, _ trailing: RPCMetadata) throws {
    try expect(initial["x-grpc-test-echo-initial"], value, "the initial metadata")
    try expect(
        trailing.binary("x-grpc-test-echo-trailing-bin"), [0xAB, 0xAB, 0xAB],
        "the trailing metadata")
}
