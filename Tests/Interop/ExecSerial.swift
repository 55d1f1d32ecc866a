import Testing

extension InteropSerial {
    @Suite("Commands in containers, through muster exec")
    struct ExecSerial {
        @Test("Output, errors, exit code and input are the command's own")
        func commands() async throws {
            try await play("test_exec.py::test_commands", workers: 1)
        }

        @Test("What can't be run is refused with a sentence")
        func refusals() async throws {
            try await play("test_exec.py::test_refusals", workers: 1)
        }

        @Test("A shell at a terminal")
        func terminal() async throws {
            try await play("test_exec.py::test_terminal", workers: 1)
        }

        @Test("Whoever goes ends the command")
        func whoGoesEndsIt() async throws {
            try await play("test_exec.py::test_who_goes_ends_it", workers: 1)
        }
    }
}
