import Testing
import Wire

@Suite("Health and reflection on the wire")
struct StandardServiceTests {
    // The bytes are what Python's grpcio-health-checking and grpcio-reflection write.
    @Test("Health has the bytes that other implementations write")
    func health() throws {
        let request = HealthCheckRequest(service: "muster.v1.Worker")
        let asked = bytes("0a106d75737465722e76312e576f726b6572")
        #expect(try WireCodec.encode(request) == asked)
        #expect(try WireCodec.decodeHealthCheckRequest(asked.span.bytes) == request)
        for status in ServingStatus.allCases {
            let response = HealthCheckResponse(status: status)
            let told = status == .unknown ? [] : bytes("080\(status.rawValue)")
            #expect(try WireCodec.encode(response) == told)
            #expect(try WireCodec.decodeHealthCheckResponse(told.span.bytes) == response)
        }
        let newer = bytes("0809")
        #expect(try WireCodec.decodeHealthCheckResponse(newer.span.bytes).status == .unknown)
    }

    @Test(
        "Every question of reflection has the bytes that other implementations write",
        arguments: [
            (.file(name: "a.proto"), "0a01681a07612e70726f746f"),
            (.fileDeclaring(symbol: "a.B"), "0a01682203612e42"),
            (
                .fileExtending(message: "a.B", number: -7),
                "0a01682a100a03612e4210f9ffffffffffffffff01"
            ),
            (.extensionNumbers(message: "a.B"), "0a01683203612e42"),
            (.services(""), "0a01683a00"), (nil, "0a0168"),
        ] as [(ReflectionRequest.Question?, String)])
    func questions(question: ReflectionRequest.Question?, golden: String) throws {
        let request = ReflectionRequest(host: "h", question)
        #expect(try WireCodec.encode(request) == bytes(golden))
        #expect(try WireCodec.decodeReflectionRequest(bytes(golden)) == request)
    }

    @Test(
        "Every answer of reflection has the bytes that other implementations write",
        arguments: [
            (.files([[1, 0, 0xFF], []]), "22070a030100ff0a00"),
            (.extensionNumbers(message: "a.B", [1, 300]), "2a0a0a03612e42120301ac02"),
            (.services(["a.C", "a.D"]), "320e0a050a03612e430a050a03612e44"),
            (.error(code: 5, message: "none"), "3a08080512046e6f6e65"), (nil, ""),
        ] as [(ReflectionResponse.Answer?, String)])
    func answers(answer: ReflectionResponse.Answer?, golden: String) throws {
        let request = ReflectionRequest(host: "h", .fileDeclaring(symbol: "a.B"))
        let response = ReflectionResponse(to: request, answer)
        let golden = bytes("0a016812080a01682203612e42" + golden)
        #expect(try WireCodec.encode(response) == golden)
        #expect(try WireCodec.decodeReflectionResponse(golden) == response)
    }

    @Test("Bytes that are no question are refused")
    func refused() {
        for damaged in ["0a05", "1a03ff", "2a0aff", "1a02ffff", "1a0100"] {
            #expect(throws: WireError.self, "\(damaged)") {
                try WireCodec.decodeReflectionRequest(bytes(damaged))
            }
        }
    }

    @Test("What was generated for reflection names what the protocol has")
    func files() {
        #expect(ProtoFile.worker.services == ["muster.v1.Worker"])
        #expect(ProtoFile.worker.symbols.contains("muster.v1.Worker.Heartbeat"))
        #expect(ProtoFile.worker.symbols.contains("muster.v1.TASK_STATUS_RUNNING"))
        #expect(ProtoFile.health.services == ["grpc.health.v1.Health"])
        for file in [ProtoFile.worker, .health, .reflection, .reflectionAlpha] {
            // A descriptor begins with the file's name as field 1.
            let name = [0x0A, UInt8(file.name.utf8.count)] + Array(file.name.utf8)
            #expect(file.descriptor.starts(with: name))
        }
    }
}
