import Testing

extension InteropSerial {
    @Suite("A whole worker in Python")
    struct MockWorkerSerial {
        @Test("It passes for a worker, over a manager's restart and to its own death")
        func passesForAWorker() async throws {
            try await playAlone("test_mock_worker.py::test_passes_for_a_worker")
        }

        @Test("It joins with a token, proves itself with TLS, and passes likewise")
        func passesForAWorkerWithMutualTLS() async throws {
            try await playAlone(
                "test_mock_worker.py::test_passes_for_a_worker_with_mutual_tls")
        }

        @Test("It renews its certificate before that ends")
        func renewsItsCertificate() async throws {
            try await playAlone("test_mock_worker.py::test_renews_its_certificate")
        }
    }
}
