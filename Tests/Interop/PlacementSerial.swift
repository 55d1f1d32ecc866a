import Testing

extension InteropSerial {
    @Suite("Placement and protection, by boto3")
    struct PlacementSerial {
        @Test("Attributes are put, listed and deleted")
        func attributes() async throws {
            try await play(
                "test_placement.py::test_attributes_are_put_listed_and_deleted", workers: 2)
        }

        @Test("memberOf binds services, tasks and lists of instances")
        func memberOf() async throws {
            try await play(
                "test_placement.py::test_member_of_binds_services_tasks_and_lists", workers: 2)
        }

        @Test("Bad expressions are refused with the character that is wrong")
        func badExpressions() async throws {
            try await play(
                "test_placement.py::test_bad_expressions_are_refused_with_their_place", workers: 1)
        }

        @Test("Protected tasks outlive scale-in")
        func protection() async throws {
            try await play("test_placement.py::test_protected_tasks_stay", workers: 2)
        }

        @Test("GPUs are counted")
        func gpus() async throws {
            try await play("test_placement.py::test_gpus_are_counted", workers: 1)
        }
    }
}
