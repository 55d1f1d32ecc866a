import Testing

extension InteropSerial {
    @Suite("Container restart policies, through boto3")
    struct RestartsSerial {
        @Test("6.6: what ran for its period starts again in its place, and nothing else does")
        func inPlace() async throws {
            try await play(
                "test_restarts.py::test_what_ran_for_its_period_starts_again_in_its_place",
                workers: 1)
        }

        @Test("Policies are kept as given, and wrong ones are refused")
        func policies() async throws {
            try await play("test_restarts.py::test_policies_are_kept_and_wrong_ones_refused")
        }
    }
}
