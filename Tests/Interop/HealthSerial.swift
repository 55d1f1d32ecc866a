import Testing

extension InteropSerial {
    @Suite("Container health checks, through boto3")
    struct HealthSerial {
        @Test("8.1: defaults are shown, health comes to task and container, nobody replaces a task")
        func shown() async throws {
            try await play("test_health.py::test_health_is_shown", workers: 1)
        }

        @Test("8.2: an unhealthy task of a service is replaced, its replacement first")
        func replaced() async throws {
            try await play(
                "test_health.py::test_an_unhealthy_task_is_replaced_start_first", workers: 2)
        }

        @Test("14.1: a revision whose check never passes is rolled back")
        func rolledBack() async throws {
            try await play(
                "test_health.py::test_a_revision_that_is_never_healthy_is_rolled_back", workers: 1)
        }

        @Test("6.5: a container that waits for HEALTHY starts then")
        func ordered() async throws {
            try await play("test_health.py::test_a_container_waits_for_a_healthy_one", workers: 1)
        }
    }
}
