import RPC
import RPCServices
import Testing
import Wire

@Suite("Reflection, served")
struct ReflectionTests {
    private let reflection = Reflection(files: [.worker, .health])

    @Test(
        "Both versions answer each question of a stream in its order",
        arguments: [ReflectionService.info, ReflectionService.infoAlpha])
    func questions(path: String) async throws {
        try await withServer(reflection.methods) { connection in
            let stream = connection.stream(path, options: .init(timeout: .seconds(20)))
            let questions: [ReflectionRequest.Question] = [
                .services(""), .fileDeclaring(symbol: "muster.v1.HeartbeatRequest"),
                .file(name: "none.proto"), .file(name: ProtoFile.reflection.name),
            ]
            for question in questions {
                try await stream.send(WireCodec.encode(ReflectionRequest(host: "a", question)))
            }
            stream.finish()
            var answers: [ReflectionResponse.Answer?] = []
            for try await message in stream.responses {
                let response = try WireCodec.decodeReflectionResponse(message)
                #expect(response.request.question == questions[answers.count])
                #expect(response.request.host == "a")
                answers.append(response.answer)
            }
            #expect(
                answers == [
                    .services([
                        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                        "grpc.reflection.v1alpha.ServerReflection", "muster.v1.Worker",
                    ]),
                    .files([ProtoFile.worker.descriptor]),
                    .error(code: 5, message: "this server has no file 'none.proto'"),
                    .files([ProtoFile.reflection.descriptor]),
                ])
        }
    }

    @Test("A request that is no protobuf ends the stream with INVALID_ARGUMENT")
    func malformed() async throws {
        try await withServer(reflection.methods) { connection in
            let stream = connection.stream(
                ReflectionService.info, options: .init(timeout: .seconds(20)))
            try await stream.send([0x1A, 0x09])
            let error = try await #require(throws: RPCError.self) {
                for try await _ in stream.responses {}
            }
            #expect(error.code == .invalidArgument)
        }
    }
}
