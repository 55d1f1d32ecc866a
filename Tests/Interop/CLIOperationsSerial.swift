import Testing

extension InteropSerial {
    @Suite("The AWS CLI, all that it has for ECS")
    struct CLIOperationsSerial {
        @Test("Every operation of the service model by its own command")
        func eachOperation() async throws {
            try await play(
                "test_cli_operations.py::test_each_operation_by_its_own_command", workers: 1)
        }

        @Test("Every paginator, by page size, by items and from a token on")
        func eachPaginator() async throws {
            try await play("test_cli_operations.py::test_each_paginator", workers: 2)
        }

        @Test("Every waiter")
        func eachWaiter() async throws {
            try await play("test_cli_operations.py::test_each_waiter")
        }

        @Test("aws ecs deploy is told that there is no CodeDeploy")
        func deploy() async throws {
            try await play("test_cli_operations.py::test_deploy_has_no_code_deploy")
        }
    }
}
