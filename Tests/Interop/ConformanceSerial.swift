import Testing

extension InteropSerial {
    @Suite("The service model against a real manager", .serialized)
    struct ConformanceSerial {
        @Test("Each member of each operation, as Sources/ECSAPI/COMPATIBILITY.md tells")
        func eachMemberAndThePage() async throws {
            try await play("test_conformance.py::test_each_member_and_the_page", workers: 1)
        }

        @Test("Required members are required")
        func requiredMembersAreRequired() async throws {
            try await play("test_conformance.py::test_required_members_are_required", workers: 1)
        }

        @Test("Each constraint is checked")
        func eachConstraintIsChecked() async throws {
            try await play("test_conformance.py::test_each_constraint_is_checked", workers: 1)
        }

        @Test("8,000 invalid and odd requests, each answered")
        func oddRequests() async throws {
            try await play("test_request_fuzz.py::test_odd_requests")
        }
    }
}
