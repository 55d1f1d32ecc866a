import Foundation
import ProcessSupport
import Testing

extension InteropSerial {
    @Suite(
        "containerd, with real images on simulated hosts, through boto3",
        .enabled("\(SimulatedHosts.name) check and deploy/images/build say what is missing here") {
            await SimulatedHosts.arePossible
        })
    struct ContainerdSerial {
        @Test("A service serves pages on three hosts and rolls to a new tag")
        func service() async throws {
            try await play("a_service_serves_pages_and_rolls_to_a_new_tag")
        }

        @Test("An unhealthy container is replaced")
        func health() async throws {
            try await play("an_unhealthy_container_is_replaced")
        }

        @Test("Ends have their codes, and those without memory say so")
        func ends() async throws {
            try await play("out_of_memory_and_exit_codes")
        }

        @Test("A pull fails, and then succeeds")
        func pull() async throws {
            try await play("a_pull_fails_and_then_succeeds")
        }

        @Test("A task that is stopped pulls no longer, unless another needs the image")
        func stoppedPull() async throws {
            try await play("a_stopped_task_pulls_no_longer")
        }

        @Test("Agent and containerd are killed and no task changes")
        func killed() async throws {
            try await play("agent_and_containerd_are_killed_and_no_task_changes")
        }

        @Test("Commands run in containers, and nothing of them is left")
        func commands() async throws {
            try await play("commands_run_in_containers")
        }

        @Test("Containers ask of themselves, in each network, over an agent's death")
        func metadata() async throws {
            try await play("containers_ask_of_themselves")
        }

        @Test("A host loses its power and returns")
        func power() async throws {
            try await play("a_host_loses_its_power_and_returns")
        }

        @Test("Network modes give ports and addresses")
        func networks() async throws {
            try await play("network_modes")
        }

        @Test("No network is none, and namespaces are shared as is said")
        func namespaces() async throws {
            try await play("no_network_and_shared_namespaces")
        }

        @Test("A definition asks for volumes, secrets, rights and more, and gets them")
        func setup() async throws {
            try await play("a_definition_asks_for_much")
        }

        @Test("Output is bounded, and goes on in another file")
        func output() async throws {
            try await play("output_is_bounded")
        }

        @Test("muster up runs workers on simulated hosts, and kill-host cuts their power")
        func up() async throws {
            try await play("muster_up_on_simulated_hosts")
        }

        @Test("A hundred tasks leave nothing behind", .timeLimit(.minutes(5)))
        func leavesNothing() async throws {
            try await play("a_hundred_tasks_leave_nothing")
        }

        private func play(_ scenario: String) async throws {
            try await playAlone(
                "test_containerd.py::test_\(scenario)",
                environment: ["MUSTER_TEST_IMAGES": SimulatedHosts.images])
        }
    }
}

/// The simulated hosts of `deploy/lib`.
enum SimulatedHosts {
    static let name = "deploy/lib/simulated-host"

    private static let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// Where the images that were built are kept from one run to the next.
    static let images = top + "/.build/images"

    static var arePossible: Bool {
        get async {
            let programs = ["docker-registry", "skopeo", "busybox", "gcc", "curl"]
            guard await succeeds(name, ["check"] + programs) else { return false }
            return await succeeds("deploy/images/build", [images])
        }
    }

    private static func succeeds(_ program: String, _ arguments: [String]) async -> Bool {
        let log = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-check-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: log) }
        guard let process = try? ChildProcess("\(top)/\(program)", arguments, log: log)
        else { return false }
        return await process.exitCode() == 0
    }
}
