import HTTP2
import Testing

@Suite("A session under attack")
struct DefenceTests {
    /// What a server answers to bytes of a peer that misbehaves: the codes of its GOAWAY frames.
    private func codes(
        _ attack: [UInt8], settings: HTTP2Settings = .init()
    ) throws -> [UInt32] {
        let server = try #require(HTTP2Session(role: .server, settings: settings))
        attack.withUnsafeBytes { server.receive($0, at: 0) }
        let codes = goAwayCodes(in: output(of: server))
        #expect(codes.isEmpty || server.isFinished)
        return codes
    }

    @Test("An honest preface is accepted")
    func honest() throws {
        #expect(try codes(preface).isEmpty)
    }

    @Test(
        "Something that is not HTTP/2 is told PROTOCOL_ERROR",
        arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}", "PRI * HTTP/3"])
    func garbage(text: String) throws {
        #expect(try codes(Array(text.utf8)) == [HTTP2ErrorCode.protocolError.rawValue])
    }

    @Test("A frame above the size limit is told FRAME_SIZE_ERROR")
    func oversizeFrame() throws {
        let attack = preface + frame(type: 0, stream: 1, [0, 0, 0], length: 1 << 23)
        #expect(try codes(attack) == [HTTP2ErrorCode.frameSizeError.rawValue])
    }

    @Test(
        "A flood of frames that do no work is told ENHANCE_YOUR_CALM",
        arguments: [
            ("empty DATA", frame(type: 0, stream: 1)),
            ("PRIORITY", frame(type: 2, stream: 3, [0, 0, 0, 0, 1])),
            ("WINDOW_UPDATE", frame(type: 8, [0, 0, 0, 1])),
            ("PING", frame(type: 6, [0, 0, 0, 0, 0, 0, 0, 0])),
            ("SETTINGS", frame(type: 4)),
            ("an unknown type", frame(type: 0xEE, [1, 2, 3])),
            ("DATA that is padding", frame(type: 0, flags: 8, stream: 1, [3, 0, 0, 0])),
        ])
    func flood(name: String, one: [UInt8]) throws {
        // Stream 1 is open, so that its DATA is allowed.
        let open = frame(type: 1, flags: 4, stream: 1, [0x83, 0x86, 0x84, 0x41, 0x01, 0x61])
        let attack = preface + open + Array(Array(repeating: one, count: 2_000).joined())
        #expect(try codes(attack) == [HTTP2ErrorCode.enhanceYourCalm.rawValue], "\(name)")
    }

    @Test("A header list above the bound is told ENHANCE_YOUR_CALM")
    func headerBomb() throws {
        // A field of 4,000 bytes enters the table, then a byte each time refers to it.
        let literal: [UInt8] =
            [0x40, 1, 0x61, 0x7F, 0xA1, 0x1E] + Array(repeating: 0x62, count: 4_000)
        let bomb = literal + Array(repeating: 0xBE, count: 1_000)
        let attack = preface + frame(type: 1, flags: 4, stream: 1, bomb)
        #expect(try codes(attack) == [HTTP2ErrorCode.enhanceYourCalm.rawValue])
    }

    @Test("Rapid resets are stopped")
    func rapidReset() throws {
        var attack = preface
        for stream in stride(from: UInt32(1), to: 6_001, by: 2) {
            attack += frame(type: 1, flags: 4, stream: stream, [0x83, 0x86, 0x84, 0x41, 1, 0x61])
            attack += frame(type: 3, stream: stream, [0, 0, 0, 8])
        }
        #expect(try !codes(attack).isEmpty)
    }

    @Test("Frames of streams that are over are an idle flood like any other")
    func framesOfClosedStreams() throws {
        let request: [UInt8] = [0x83, 0x86, 0x84, 0x41, 1, 0x61]
        let open = frame(type: 1, flags: 5, stream: 9, request)
        let flood = Array(repeating: frame(type: 1, flags: 5, stream: 1, request), count: 2_000)
        let codes = try codes(preface + open + Array(flood.joined()))
        #expect(codes == [HTTP2ErrorCode.enhanceYourCalm.rawValue])
    }

    @Test("A peer that makes this side reset its streams is stopped as one that resets them")
    func madeToReset() throws {
        let server = try #require(HTTP2Session(role: .server))
        preface.withUnsafeBytes { server.receive($0, at: 0) }
        var refused = 0
        var stream: UInt32 = 1
        while server.failure == nil, stream < 5_000 {
            // More window than there can be is an error of the stream.
            let attack =
                frame(type: 1, flags: 4, stream: stream, [0x83, 0x86, 0x84, 0x41, 1, 0x61])
                + frame(type: 8, stream: stream, [0x7F, 0xFF, 0xFF, 0xFF])
            attack.withUnsafeBytes { server.receive($0, at: 0) }
            _ = output(of: server)
            for case .refused(_, let code) in server.takeEvents().list {
                #expect(code == HTTP2ErrorCode.flowControlError.rawValue)
                refused += 1
            }
            stream += 2
        }
        #expect(server.failure?.kind == .rapidReset && refused > 100)
        #expect(goAwayCodes(in: output(of: server)) == [HTTP2ErrorCode.enhanceYourCalm.rawValue])
        #expect(server.isFinished)
    }

    @Test("More values in a SETTINGS frame than allowed are told ENHANCE_YOUR_CALM")
    func manySettings() throws {
        let server = try #require(HTTP2Session(role: .server))
        let values = Array(Array(repeating: [0, 4, 0, 0, 0, 1] as [UInt8], count: 100).joined())
        (preface + frame(type: 4, values)).withUnsafeBytes { server.receive($0, at: 0) }
        #expect(goAwayCodes(in: output(of: server)) == [HTTP2ErrorCode.enhanceYourCalm.rawValue])
        #expect(server.failure?.kind == .controlFlood)
    }

    @Test("A flood of CONTINUATION is stopped")
    func continuations() throws {
        var attack = preface + frame(type: 1, stream: 1, [0x83])
        for _ in 0..<100 { attack += frame(type: 9, stream: 1) }
        #expect(try !codes(attack).isEmpty)
    }

    @Test("Idle frames at an honest pace are borne for ever")
    func honestPace() throws {
        let server = try #require(HTTP2Session(role: .server))
        preface.withUnsafeBytes { server.receive($0, at: 0) }
        let ping = frame(type: 6, [0, 0, 0, 0, 0, 0, 0, 0])
        for second in 1...10_000 {
            ping.withUnsafeBytes { server.receive($0, at: Int64(second) * 1_000) }
            _ = output(of: server)
        }
        #expect(!server.isFinished)
    }

    @Test("A header block that does not decode is told COMPRESSION_ERROR")
    func badHeaderBlock() throws {
        let attack = preface + frame(type: 1, flags: 4, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
        #expect(try codes(attack) == [HTTP2ErrorCode.compressionError.rawValue])
    }

    @Test("Random bytes after the preface never trap and never grow", arguments: 1...20)
    func noise(seed: UInt64) throws {
        var state = seed
        let server = try #require(HTTP2Session(role: .server))
        preface.withUnsafeBytes { server.receive($0, at: 0) }
        for _ in 0..<200 {
            let payload = (0..<20).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            let bytes = frame(
                type: payload[0] % 11, flags: payload[1], stream: UInt32(payload[2] % 8), payload)
            bytes.withUnsafeBytes { server.receive($0, at: 0) }
            _ = server.takeEvents()
            _ = output(of: server)
            #expect(server.queuedFrames < 1_000)
        }
    }
}
