import Testing

extension InteropSerial {
    @Suite("Services that even themselves out, and groups of workers, through boto3")
    struct RebalancingSerial {
        @Test("A service is even again after a host returns", arguments: ["instances", "zones"])
        func returning(over: String) async throws {
            try await playAlone(
                "test_rebalancing.py::test_a_service_is_even_again_after_a_host_returns[\(over)]")
        }

        @Test("Tasks are divided among capacity providers by base and weight")
        func providers() async throws {
            try await playAlone(
                "test_capacity_providers.py::test_tasks_are_divided_among_providers")
        }
    }

    @Suite("Services keep to their bounds, counted by their processes, through boto3")
    struct BoundsSerial {
        @Test("A drain leaves no second below the minimum")
        func drain() async throws {
            try await play(
                "test_bounds.py::test_a_drain_leaves_no_second_below_the_minimum", workers: 2)
        }

        @Test("A rolling update keeps its bounds under load")
        func rolling() async throws {
            try await play(
                "test_bounds.py::test_a_rolling_update_keeps_its_bounds_under_load", workers: 2)
        }
    }
}
