import RPC

/// The cases of gRPC's document on interoperability tests that stream.
let streamCases: [Case] = [
    Case("client_streaming") { trial in
        let stream = trial.stream("StreamingInputCall")
        for size in [27_182, 8, 1_828, 45_904] {
            try await stream.send(InputRequest(bodySize: size).bytes)
        }
        stream.finish()
        try await expectSum(74_922, stream)
    },
    Case("client_compressed_streaming") { trial in
        if trial.probesCompression {
            let probe = trial.stream("StreamingInputCall")
            try await probe.send(InputRequest(bodySize: 27_182, expectCompressed: true).bytes)
            probe.finish()
            try await expectStatus(.invalidArgument) { for try await _ in probe.responses {} }
        }
        let stream = trial.stream("StreamingInputCall", compression: .gzip)
        for (size, compressed) in [(27_182, true), (45_904, false)] {
            let request = InputRequest(bodySize: size, expectCompressed: compressed)
            try await stream.send(request.bytes, compressed: compressed)
        }
        stream.finish()
        try await expectSum(73_086, stream)
    },
    Case("server_streaming") { trial in
        let sizes = [31_415, 9, 2_653, 58_979]
        let responses = trial.serverStream(OutputRequest(sizes.map { .init(size: $0) }))
        try await expectSizes(sizes, responses)
    },
    Case("server_compressed_streaming") { trial in
        let responses = trial.serverStream(
            OutputRequest([
                .init(size: 31_415, compressed: true), .init(size: 92_653, compressed: false),
            ]))
        try await expectSizes([31_415, 92_653], responses)
    },
    Case("ping_pong") { trial in
        let stream = trial.stream("FullDuplexCall")
        var responses = stream.responses.makeAsyncIterator()
        let sizes = [(27_182, 31_415), (8, 9), (1_828, 2_653), (45_904, 58_979)]
        for (sent, wanted) in sizes {
            try await stream.send(OutputRequest([.init(size: wanted)], bodySize: sent).bytes)
            guard let response = try await responses.next() else {
                throw Unexpected("the stream ended before the answer of \(wanted) bytes")
            }
            try expect(TestAnswer.payloadSize(response), wanted, "the size")
        }
        stream.finish()
        guard try await responses.next() == nil else { throw Unexpected("one answer too many") }
    },
    Case("empty_stream") { trial in
        let stream = trial.stream("FullDuplexCall")
        stream.finish()
        try await expectSizes([], stream.responses)
    },
    Case("half_duplex") { trial in
        let stream = trial.stream("HalfDuplexCall")
        for size in [10, 20, 30] {
            try await stream.send(OutputRequest([.init(size: size)]).bytes)
        }
        stream.finish()
        try await expectSizes([10, 20, 30], stream.responses)
    },
    Case("long_streams") { trial in
        let stream = trial.stream("StreamingInputCall")
        for _ in 0..<2_000 { try await stream.send(InputRequest(bodySize: 10_000).bytes) }
        stream.finish()
        try await expectSum(20_000_000, stream)
        let sizes = [Int](repeating: 10_000, count: 2_000)
        try await expectSizes(
            sizes, trial.serverStream(OutputRequest(sizes.map { .init(size: $0) })))
    },
]

func expectSum(_ sum: Int, _ stream: RPCClientStream) async throws {
    var sums: [Int] = []
    for try await response in stream.responses { sums.append(try TestAnswer.readSum(response)) }
    try expect(sums, [sum], "the sum of sizes")
}

func expectSizes(_ sizes: [Int], _ responses: RPCResponseStream) async throws {
    var found: [Int] = []
    for try await response in responses { found.append(try TestAnswer.payloadSize(response)) }
    guard found == sizes else {
        throw Unexpected("the sizes are \(found.prefix(10)), \(found.count) of \(sizes.count)")
    }
}
