import Testing

extension InteropSerial {
    @Suite("Resets between the tests of a suite, through boto3")
    struct ResetSerial {
        @Test("A hundred in a row, each fresh, with tasks that run and crash")
        func often() async throws {
            try await play(
                "test_reset.py::test_a_hundred_in_a_row", workers: 2,
                managerArguments: ["--enable-test-reset"])
        }

        @Test("Containers that ran before end")
        func containers() async throws {
            try await play(
                "test_reset.py::test_containers_end", workers: 2,
                managerArguments: ["--enable-test-reset"])
        }

        @Test("It stays reset over a restart")
        func restart() async throws {
            try await playAlone("test_reset.py::test_restarts_stay_reset")
        }

        @Test("A manager that was not told so forgets nothing")
        func notEnabled() async throws {
            try await play("test_reset.py::test_not_enabled")
        }
    }
}
