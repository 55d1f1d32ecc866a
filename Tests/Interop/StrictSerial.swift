import Testing

extension InteropSerial {
    @Suite("boto3 and a manager in strict mode")
    struct StrictSerial {
        private func play(_ story: String, workers: Int = 0) async throws {
            try await Interop.play(
                "test_strict.py::test_\(story)", workers: workers,
                managerArguments: ["--strict-aws"])
        }

        @Test("A burst above the bucket is throttled in AWS's words")
        func burst() async throws { try await play("a_burst_above_the_bucket_is_throttled") }

        @Test("boto3's standard retry mode survives the throttle")
        func retries() async throws { try await play("the_standard_retry_mode_survives") }

        @Test("Pages are as long as in AWS")
        func pages() async throws { try await play("pages_are_as_long_as_in_aws") }

        @Test("A task without a health check counts as healthy after 40 seconds")
        func healthy() async throws {
            try await play("a_task_counts_as_healthy_after_forty_seconds", workers: 1)
        }
    }
}
