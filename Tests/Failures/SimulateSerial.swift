import Foundation
import ProcessSupport
import Testing

/// `muster simulate` as a person uses it, and on what a real cluster left behind.
@Suite("muster simulate, with real processes", .serialized)
struct SimulateSerial {
    private func simulate(_ words: String...) async throws -> (code: Int32, output: String) {
        let log = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-simulate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: log) }
        let process = try ChildProcess(Programs.muster, ["simulate"] + words, log: log)
        return (await process.exitCode(), process.output)
    }

    @Test("Three seeds of the demo, as text and as a page")
    func demo() async throws {
        let page = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-simulate-\(UUID().uuidString).html")
        defer { try? FileManager.default.removeItem(at: page) }
        let run = try await simulate("--seeds", "1..3", "--duration", "5m", "--html", page.path)
        #expect(run.code == 0, "\(run.output)")
        for word in ["3 seeds", "web", "AT MINIMUM", "worst seed", "all held in every run"] {
            #expect(run.output.contains(word), "\(run.output)")
        }
        let html = try String(contentsOf: page, encoding: .utf8)
        #expect(html.contains("<svg") && html.contains("</html>"))
        let again = try await simulate("--seeds", "1..3", "--duration", "5m", "--html", page.path)
        #expect(again.output == run.output)
        let wrong = try await simulate("--seeds", "3..1")
        #expect(wrong.code == 64 && wrong.output.contains("--seeds"))
        let nowhere = try await simulate("--services", "/nowhere.json")
        #expect(nowhere.code == 66 && nowhere.output.contains("/nowhere.json"))
    }

    @Test("The history of a real cluster that lost a host is checked and measured")
    func check() async throws {
        try await withCluster(workers: 3) { cluster in
            try await cluster.register("web", "exec sleep 600")
            try await cluster.createService("web", of: "web", count: 6)
            try await cluster.waitStable("web")
            let running = try await simulate("--check", cluster.managerData.path)
            #expect(running.code == 75 && running.output.contains("in use"))
            // The agent alone: a dying host's containers may end before it, and be no host's loss.
            try cluster.worker("worker-2").signal(SIGKILL)
            try await eventually(within: .seconds(15), "the tasks run elsewhere") {
                // Looked at last, the count is that of the six with two of them replaced.
                let lost = try await cluster.tasks(["desiredStatus": "STOPPED"]).count
                let service = try await cluster.service("web")
                return service["runningCount"] == 6 && lost == 2 ? true : nil
            }
            try await cluster.killManager()
            let export = cluster.folder.appendingPathComponent("history.jsonl")
            let check = try await simulate(
                "--check", cluster.managerData.path, "--export", export.path, "--html",
                cluster.folder.appendingPathComponent("check.html").path)
            #expect(check.code == 0, "\(check.output)")
            #expect(check.output.contains("kinds of invariant held"), "\(check.output)")
            #expect(
                check.output.contains("1 took tasks; all there again after"), "\(check.output)")
            let again = try await simulate("--check", export.path)
            #expect(again.code == 0 && check.output.hasPrefix(again.output))
            try await refuses(export)
            try await cluster.startManager()
            #expect(try await cluster.service("web")["desiredCount"] == 6)
        }
    }

    /// A history with a gap is found out, and so is what is none.
    private func refuses(_ export: URL) async throws {
        let lines = try String(contentsOf: export, encoding: .utf8).split(separator: "\n")
        let tampered = lines.dropFirst(3).dropFirst().joined(separator: "\n")
        let gap = lines.prefix(3).joined(separator: "\n") + "\n" + tampered
        try Data(gap.utf8).write(to: export)
        let check = try await simulate("--check", export.path)
        #expect(check.code == 1 && check.output.contains("revisions grow by one"))
        try Data("{}\n".utf8).write(to: export)
        #expect(try await simulate("--check", export.path).code == 65)
    }
}
