import Testing

extension InteropSerial {
    @Suite("Access keys, through boto3, the AWS CLI and muster's own verbs")
    struct AccessKeysSerial {
        @Test("Signatures of right, wrong, unknown, read-only and revoked keys, over a restart")
        func signatures() async throws {
            try await playAlone("test_access_keys.py::test_signatures")
        }

        @Test("Clocks that are off by more than five minutes")
        func clocks() async throws {
            try await playAlone("test_access_keys.py::test_clocks")
        }

        @Test("The AWS CLI")
        func cli() async throws {
            try await playAlone("test_access_keys.py::test_cli")
        }

        @Test("Muster's own verbs sign, and tell no secret")
        func ownVerbs() async throws {
            try await playAlone("test_access_keys.py::test_own_verbs")
        }

        @Test("Addresses that other machines reach, and the revocation of the last key")
        func addresses() async throws {
            try await playAlone("test_access_keys.py::test_addresses")
        }
    }
}
