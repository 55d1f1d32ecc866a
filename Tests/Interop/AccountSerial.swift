import Testing

extension InteropSerial {
    @Suite("Settings, and operations that agents call, through boto3 and the AWS CLI")
    struct AccountSerial {
        @Test("Account settings")
        func accountSettings() async throws {
            try await play("test_account.py::test_account_settings")
        }

        @Test("Clusters are updated")
        func clustersAreUpdated() async throws {
            try await play("test_account.py::test_clusters_are_updated")
        }

        @Test("Container instances that the API registers")
        func instancesByTheAPI() async throws {
            try await play("test_account.py::test_instances_by_the_api")
        }

        @Test("What an agent says is no more than its worker said")
        func whatAnAgentSays() async throws {
            try await play("test_account.py::test_what_an_agent_says", workers: 1)
        }

        @Test("Task definitions are deleted")
        func definitionsAreDeleted() async throws {
            try await play("test_account.py::test_definitions_are_deleted")
        }
    }
}
