import Testing

extension InteropSerial {
    @Suite("A worker written with Python's grpcio")
    struct GRPCWorkerSerial {
        @Test("A task goes from RunTask to its exit code")
        func aTaskGoesFromRunTaskToItsExitCode() async throws {
            try await play(
                "test_worker_protocol.py::test_a_task_goes_from_run_task_to_its_exit_code")
        }

        @Test("StopTask reaches the worker")
        func stopTaskReachesTheWorker() async throws {
            try await play("test_worker_protocol.py::test_stop_task_reaches_the_worker")
        }

        @Test("Heartbeats keep the lease, and silence ends it")
        func heartbeatsKeepTheLeaseAndSilenceEndsIt() async throws {
            try await play(
                "test_worker_protocol.py::test_heartbeats_keep_the_lease_and_silence_ends_it")
        }

        @Test("A worker that registers and says nothing more is lost")
        func aWorkerThatOnlyRegistersIsLost() async throws {
            try await play("test_worker_protocol.py::test_a_worker_that_only_registers_is_lost")
        }

        @Test("A worker joins a cluster of its region")
        func aWorkerJoinsAClusterOfItsRegion() async throws {
            try await play("test_worker_protocol.py::test_a_worker_joins_a_cluster_of_its_region")
        }

        @Test("A closed connection cuts the lease")
        func aClosedConnectionCutsTheLease() async throws {
            try await play("test_worker_protocol.py::test_a_closed_connection_cuts_the_lease")
        }

        @Test("Contract 4: a stale session is refused and changes nothing")
        func aStaleSessionIsRefusedAndChangesNothing() async throws {
            try await play(
                "test_worker_protocol.py::test_a_stale_session_is_refused_and_changes_nothing")
        }

        @Test("Contract 4: a worker that comes back gets its whole set")
        func aWorkerThatComesBackGetsItsWholeSet() async throws {
            try await play(
                "test_worker_protocol.py::test_a_worker_that_comes_back_gets_its_whole_set")
        }

        @Test("Unknown cluster, used identity, used name: refused with what to do")
        func registrationsThatAreRefused() async throws {
            try await play("test_worker_protocol.py::test_registrations_that_are_refused")
        }

        @Test("Contract 2: a report that goes back is ignored")
        func aReportThatGoesBackIsIgnored() async throws {
            try await play("test_worker_protocol.py::test_a_report_that_goes_back_is_ignored")
        }

        @Test("Malformed messages get a status, and the connection lives")
        func malformedMessagesGetAStatusAndTheConnectionLives() async throws {
            try await play(
                "test_worker_protocol.py::test_malformed_messages_leave_the_connection_alive"
            )
        }

        @Test("A message over the limit is answered RESOURCE_EXHAUSTED")
        func aMessageOverTheLimitIsExhausting() async throws {
            try await play("test_worker_protocol.py::test_a_message_over_the_limit_is_exhausting")
        }

        @Test("Unknown fields are ignored")
        func unknownFieldsAreIgnored() async throws {
            try await play("test_worker_protocol.py::test_unknown_fields_are_ignored")
        }
    }
}
