import Testing

extension InteropSerial {
    @Suite("boto3, each of its answers held against the service model")
    struct Boto3Serial {
        @Test("A service comes up, is described as ECS does, and goes")
        func servicesComesUpIsDescribedAndGoes() async throws {
            try await play("test_services.py::test_comes_up_is_described_and_goes", workers: 3)
        }

        @Test("A service rolls to a new revision and never runs fewer than its minimum")
        func servicesRollsToANewRevisionWithinItsBounds() async throws {
            try await play(
                "test_services.py::test_rolls_to_a_new_revision_within_its_bounds", workers: 3)
        }

        @Test("A service scales and replaces what is stopped")
        func servicesScalesAndReplacesWhatIsStopped() async throws {
            try await play("test_services.py::test_scales_and_replaces_what_is_stopped", workers: 3)
        }

        @Test("A service keeps what runs when a revision fails")
        func servicesKeepsWhatRunsWhenARevisionFails() async throws {
            try await play(
                "test_services.py::test_keeps_what_runs_when_a_revision_fails", workers: 2)
        }

        @Test("A service says why it can't place a task")
        func servicesSaysWhyItCanNotPlaceATask() async throws {
            try await play("test_services.py::test_says_why_it_can_not_place_a_task", workers: 1)
        }

        @Test("Services that can't be made or found are refused in ECS's words")
        func servicesRefusals() async throws {
            try await play("test_services.py::test_refusals", workers: 1)
        }

        @Test("Tasks run once and show their exit codes 0 and 3")
        func tasksRunOnceAndShowTheirExitCodes() async throws {
            try await play("test_tasks.py::test_run_once_and_show_their_exit_codes", workers: 2)
        }

        @Test("Tasks are stopped on request, the deaf ones by SIGKILL")
        func tasksAreStoppedOnRequest() async throws {
            try await play("test_tasks.py::test_are_stopped_on_request", workers: 1)
        }

        @Test("Tasks take overrides")
        func tasksTakeOverrides() async throws {
            try await play("test_tasks.py::test_take_overrides", workers: 1)
        }

        @Test("Tasks that do not fit are failures and no errors")
        func tasksThatDoNotFitAreFailuresAndNoErrors() async throws {
            try await play(
                "test_tasks.py::test_that_do_not_fit_are_failures_and_no_errors", workers: 2)
        }

        @Test("Tasks start where they are told, and are listed by filter and page")
        func tasksStartWhereTheyAreToldAndAreListedByFilter() async throws {
            try await play(
                "test_tasks.py::test_start_where_they_are_told_and_are_listed_by_filter", workers: 2
            )
        }

        @Test("Unknown tasks are MISSING or refused")
        func tasksUnknownOnes() async throws {
            try await play("test_tasks.py::test_unknown_ones", workers: 1)
        }

        @Test("The same client token runs one task")
        func tasksTheSameClientTokenRunsOneTask() async throws {
            try await play("test_tasks.py::test_the_same_client_token_runs_one_task", workers: 1)
        }

        @Test("Container instances are described with what they have left")
        func instancesAreDescribed() async throws {
            try await play("test_instances.py::test_are_described", workers: 2)
        }

        @Test("A container instance drains and comes back")
        func instancesDrainAndComeBack() async throws {
            try await play("test_instances.py::test_drain_and_come_back", workers: 2)
        }

        @Test("A container instance is deregistered and its task replaced")
        func instancesAreDeregistered() async throws {
            try await play("test_instances.py::test_are_deregistered", workers: 2)
        }

        @Test("muster worker drain empties a worker and says when it is done")
        func drainVerb() async throws {
            try await play("test_instances.py::test_drained_by_the_verb", workers: 2)
        }

        @Test("Unknown container instances are MISSING or refused")
        func instancesUnknownOnes() async throws {
            try await play("test_instances.py::test_unknown_ones")
        }

        @Test("Clusters are made, described and deleted")
        func objectsClustersAreMadeDescribedAndDeleted() async throws {
            try await play("test_objects.py::test_clusters_are_made_described_and_deleted")
        }

        @Test("Task definitions have revisions and ECS's defaults")
        func objectsDefinitionsHaveRevisionsAndDefaults() async throws {
            try await play("test_objects.py::test_definitions_have_revisions_and_defaults")
        }

        @Test("Task definitions are refused for what is wrong with them")
        func objectsDefinitionsAreRefusedForWhatIsWrongWithThem() async throws {
            try await play(
                "test_objects.py::test_definitions_are_refused_for_what_is_wrong_with_them")
        }

        @Test("Long lists come in pages, in order")
        func objectsLongListsComeInPages() async throws {
            try await play("test_objects.py::test_long_lists_come_in_pages")
        }

        @Test("Tags are put, listed and taken away")
        func objectsTagsArePutListedAndTakenAway() async throws {
            try await play("test_objects.py::test_tags_are_put_listed_and_taken_away")
        }

        @Test("Each region is a namespace")
        func objectsEachRegionIsANamespace() async throws {
            try await play("test_objects.py::test_each_region_is_a_namespace")
        }

        @Test("The account is the configured one")
        func objectsTheAccountIsTheConfiguredOne() async throws {
            try await play(
                "test_objects.py::test_the_account_is_the_configured_one",
                managerArguments: ["--account-id", "123456789012"])
        }

        @Test("STS says who the caller is")
        func objectsWhoAmI() async throws {
            try await play("test_objects.py::test_who_am_i")
        }
    }
}
