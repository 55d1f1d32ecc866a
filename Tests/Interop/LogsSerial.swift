import Testing

extension InteropSerial {
    @Suite("Output of containers, through muster logs")
    struct LogsSerial {
        @Test("A task's output, of all its containers or one, from a time or the last of it")
        func task() async throws {
            try await play("test_logs.py::test_a_task", workers: 1)
        }

        @Test("A service's tasks together, followed while new ones come and old ones go")
        func service() async throws {
            try await play("test_logs.py::test_a_service", workers: 2)
        }

        @Test("What can't be read is said, and is no failure of the rest")
        func lostWorkers() async throws {
            try await playAlone("test_logs.py::test_lost_workers")
        }

        @Test("Much output, through a reader that is slow")
        func much() async throws {
            try await play("test_logs.py::test_much", workers: 1)
        }

        @Test("What can't be asked is refused with a sentence")
        func refusals() async throws {
            try await play("test_logs.py::test_refusals", workers: 1)
        }

        @Test("What the AWS CLI reads as CloudWatch Logs")
        func cloudWatch() async throws {
            try await play("test_logs.py::test_cloudwatch", workers: 2)
        }

        @Test("CloudWatch Logs followed, each event once")
        func cloudWatchTail() async throws {
            try await play("test_logs.py::test_cloudwatch_tail", workers: 1)
        }

        @Test("Log groups that the AWS CLI makes, tags, keeps for days and deletes")
        func logGroups() async throws {
            try await play("test_logs.py::test_log_groups", workers: 1)
        }

        @Test("What of CloudWatch Logs is refused, every operation of it")
        func refusedOperations() async throws {
            try await play("test_logs.py::test_refused_operations", workers: 1)
        }
    }
}
