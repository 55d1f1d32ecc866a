import Testing

extension InteropSerial {
    @Suite("Requests that no SDK would send")
    struct BadRequestsSerial {
        @Test("Bodies that are no JSON")
        func bodiesThatAreNoJson() async throws {
            try await play("test_bad_requests.py::test_bodies_that_are_no_json")
        }

        @Test("Operations that are not there")
        func operationsThatAreNotThere() async throws {
            try await play("test_bad_requests.py::test_operations_that_are_not_there")
        }

        @Test("Members of a wrong type, for every member of every operation")
        func membersOfAWrongType() async throws {
            try await play("test_bad_requests.py::test_members_of_a_wrong_type")
        }

        @Test("Members that are missing")
        func membersThatAreMissing() async throws {
            try await play("test_bad_requests.py::test_members_that_are_missing")
        }

        @Test("Clusters and tasks that are not there")
        func objectsThatAreNotThere() async throws {
            try await play("test_bad_requests.py::test_objects_that_are_not_there")
        }

        @Test("A body over the limit leaves the connection usable")
        func aBodyOverTheLimitLeavesTheConnectionUsable() async throws {
            try await play(
                "test_bad_requests.py::test_a_body_over_the_limit_leaves_the_connection_usable")
        }

        @Test("One connection bears any mixture of good and bad")
        func oneConnectionBearsAnyMixture() async throws {
            try await play("test_bad_requests.py::test_one_connection_bears_any_mixture")
        }

        @Test("More than the model allows")
        func moreThanTheModelAllows() async throws {
            try await play("test_bad_requests.py::test_more_than_the_model_allows")
        }
    }
}
