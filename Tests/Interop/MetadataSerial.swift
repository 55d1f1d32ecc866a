import Testing

extension InteropSerial {
    @Suite("The task metadata endpoint, asked by containers")
    struct MetadataSerial {
        @Test("A container learns of itself, its task and what they use")
        func documents() async throws {
            try await play("test_metadata.py::test_a_container_learns_of_itself", workers: 1)
        }

        @Test("A task of a service protects itself from scale-in")
        func protection() async throws {
            try await play("test_metadata.py::test_a_task_protects_itself", workers: 1)
        }
    }
}
