import Testing

extension InteropSerial {
    @Suite("Many clients at once")
    struct ConcurrentSerial {
        @Test("Fifty boto3 clients at mixed work for a minute: no 5xx, no lost update")
        func fiftyClients() async throws {
            try await play("test_concurrent.py::test_fifty_clients_for_a_minute", workers: 2)
        }
    }
}
