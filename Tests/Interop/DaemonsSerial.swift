import Testing

extension InteropSerial {
    @Suite("Managed daemons, through boto3 and the AWS CLI")
    struct DaemonsSerial {
        @Test("12.3: one on each instance of the capacity providers, through an update to the end")
        func onEachInstance() async throws {
            try await playAlone(
                "test_daemons.py::test_a_daemon_is_on_each_instance_of_its_providers")
        }

        @Test("What can't be done is refused")
        func refusals() async throws {
            try await play("test_daemons.py::test_daemons_that_can_not_be")
        }
    }
}
