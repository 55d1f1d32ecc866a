import Testing

extension InteropSerial {
    @Suite("Deployments that fail or are stopped, and DAEMON services, through boto3")
    struct DeploymentsSerial {
        @Test(
            "A revision whose command exits 1 is rolled back in under a minute", arguments: [1, 4])
        func rolledBack(count: Int) async throws {
            try await play(
                "test_deployments.py::test_a_command_that_exits_1_is_rolled_back[\(count)]",
                workers: 2)
        }

        @Test("A deployment is stopped with ROLLBACK")
        func stopped() async throws {
            try await play(
                "test_deployments.py::test_a_deployment_is_stopped_with_rollback", workers: 2)
        }

        @Test("A DAEMON service is on each worker that joins, before all others")
        func daemon() async throws {
            try await playAlone(
                "test_deployments.py::test_a_daemon_is_on_each_worker_that_joins")
        }
    }
}
