import Testing

extension InteropSerial {
    @Suite("gRPC's standard services, asked by stock tools")
    struct StandardServicesSerial {
        @Test("Health from the start to the end")
        func health() async throws {
            try await playAlone("test_standard_services.py::test_health_from_the_start_to_the_end")
        }

        @Test("A tool without a .proto file calls the manager")
        func reflection() async throws {
            try await playAlone(
                "test_standard_services.py::test_a_tool_without_a_proto_file_calls_the_manager")
        }
    }
}
