import Testing

extension InteropSerial {
    @Suite("Task sets of services with the EXTERNAL controller, through boto3")
    struct TaskSetsSerial {
        @Test("16.3: from blue to green")
        func blueAndGreen() async throws {
            try await play("test_task_sets.py::test_blue_and_green", workers: 2)
        }

        @Test("What can't be done is refused in ECS's words")
        func refusals() async throws {
            try await play("test_task_sets.py::test_refusals")
        }
    }
}
