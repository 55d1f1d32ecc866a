import Testing

extension InteropSerial {
    @Suite("Contract 9: peers that send garbage")
    struct GarbageSerial {
        @Test("Garbage on the worker port closes that connection with the right code")
        func onTheWorkerPort() async throws {
            try await play("test_garbage.py::test_on_the_worker_port")
        }

        @Test("Floods on the worker port end that connection")
        func floodsOnTheWorkerPort() async throws {
            try await play("test_garbage.py::test_floods_on_the_worker_port")
        }

        @Test("Garbage on the API port closes that connection")
        func onTheApiPort() async throws {
            try await play("test_garbage.py::test_on_the_api_port")
        }

        @Test("Contract 7: memory stays bounded under garbage")
        func memoryStaysBoundedUnderGarbage() async throws {
            try await play("test_garbage.py::test_memory_stays_bounded_under_garbage")
        }
    }
}
