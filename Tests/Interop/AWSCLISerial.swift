import Testing

extension InteropSerial {
    @Suite("The AWS CLI, told of Muster by AWS_ENDPOINT_URL alone")
    struct AWSCLISerial {
        @Test("The workflow of the ECS documentation, with its waiters")
        func theWorkflowOfTheEcsDocumentation() async throws {
            try await play("test_cli.py::test_the_workflow_of_the_ecs_documentation", workers: 2)
        }

        @Test("Errors and formats are as people know them")
        func errorsAndFormatsAreAsPeopleKnowThem() async throws {
            try await play("test_cli.py::test_errors_and_formats_are_as_people_know_them")
        }
    }
}
