import Foundation
import ProcessSupport
import Testing

/// `muster chaos` as a person uses it: shipped scenarios on real processes. Bounds of time are
/// stretched here; `deploy/chaos` is run with its own by who measures.
@Suite("muster chaos, with real processes", .serialized)
struct ChaosSerial {
    private func chaos(_ words: String...) async throws -> (code: Int32, output: String) {
        let log = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-chaos-log-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: log) }
        let process = try ChildProcess(Programs.muster, ["chaos"] + words, log: log)
        return (await process.exitCode(), process.output)
    }

    private func shipped(_ name: String) -> String { "deploy/chaos/\(name).yaml" }

    @Test("A host loses power, and a worker is cut off: all that must hold does")
    func hosts() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-chaos-reports-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try await chaos(
            "run", shipped("host-killed"), shipped("worker-cut-off"), "--patience", "10",
            "--junit", folder.path + "/j.xml", "--json", folder.path + "/j.json", "--html",
            folder.path + "/j.html")
        #expect(run.code == 0, "\(run.output)")
        #expect(run.output.contains("All 2 runs passed."), "\(run.output)")
        let junit = try String(contentsOfFile: folder.path + "/j.xml", encoding: .utf8)
        #expect(junit.contains(#"<testsuite name="a host loses power""#), "\(junit)")
        #expect(junit.contains(#"failures="0""#) && !junit.contains("<failure"), "\(junit)")
        let page = try String(contentsOfFile: folder.path + "/j.html", encoding: .utf8)
        #expect(page.contains("<svg") && page.contains("workers declared lost"))
        let json = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: folder.path + "/j.json")))
        #expect((json as? [[String: Any]])?.map { $0["passed"] as? Bool } == [true, true])
    }

    @Test("A manager that is killed, agents that die, containers that crash")
    func processes() async throws {
        let run = try await chaos(
            "run", shipped("manager-killed"), shipped("agent-loops"), shipped("crash-loop"),
            "--patience", "10")
        #expect(run.code == 0, "\(run.output)")
    }

    @Test("What must hold and does not fails the run, and says what it was")
    func broken() async throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-chaos-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try """
        name: too much to ask
        cluster: {workers: 2}
        services:
          - {name: web, count: 2}
        schedule:
          - {at: 100ms, crash-container: worker-1}
        expect:
          never-below: {web: 2}
        """.write(to: file, atomically: true, encoding: .utf8)
        let run = try await chaos("run", file.path)
        #expect(run.code == 1, "\(run.output)")
        #expect(run.output.contains("FAILED") && run.output.contains("lowest 1"), "\(run.output)")
        if let kept = run.output.firstRange(of: "the cluster's folder: ") {
            let path = run.output[kept.upperBound...].prefix { $0 != "\n" }
            try FileManager.default.removeItem(atPath: String(path))
        } else {
            Issue.record("a failed run does not say where its cluster was")
        }
    }

    @Test("A scenario that makes no sense, and a fault that nobody can suffer, are refused")
    func refused() async throws {
        let missing = try await chaos("run", "/nowhere.yaml")
        #expect(missing.code == 66 && missing.output.contains("/nowhere.yaml"))
        let unknown = try await chaos("explode", "worker-1")
        #expect(unknown.code == 64 && unknown.output.contains("kill-host"), "\(unknown.output)")
        let nobody = try await chaos("freeze", "--data", "/nowhere")
        #expect(nobody.code == 64 && nobody.output.contains("needs a worker"))
    }

    @Test("Ctrl-C undoes a fault, and ends a run with all that it started")
    func interrupted() async throws {
        let log = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-chaos-log-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: log) }
        try await withCluster(workers: 1) { cluster in
            let data = cluster.workerData("worker-1").path
            let freeze = try ChildProcess(
                Programs.muster, ["chaos", "freeze", "worker-1", "--data", data, "--for", "1h"],
                log: log)
            try await eventually(within: .seconds(15), "the worker is lost") {
                try await cluster.instances().allSatisfy { $0["agentConnected"] == false }
                    ? true : nil
            }
            freeze.signal(SIGINT)
            #expect(await freeze.exitCode() == 0)
            #expect(freeze.output.contains("undone"), "\(freeze.output)")
            try await eventually(within: .seconds(15), "the worker is back") {
                try await cluster.instances().allSatisfy { $0["agentConnected"] == true }
                    ? true : nil
            }
        }
        let run = try ChildProcess(
            Programs.muster, ["chaos", "run", shipped("host-frozen")], log: log)
        try await eventually(within: .seconds(60), "a host is frozen") {
            run.output.contains("freeze worker-2") ? true : nil
        }
        run.signal(SIGINT)
        #expect(await run.exitCode() == 69, "\(run.output)")
        #expect(run.output.contains("Interrupted"), "\(run.output)")
        let left = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
            let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains("/muster-chaos-")
        }
        #expect(left.isEmpty)
    }

    @Test("A fault on a cluster that runs is undone after its time")
    func single() async throws {
        try await withCluster(workers: 1) { cluster in
            let data = cluster.workerData("worker-1").path
            let link = try await chaos("partition", "worker-1", "--data", data)
            #expect(link.code == 69 && link.output.contains("muster chaos run"), "\(link.output)")
            let frozen = try await chaos("freeze", "worker-1", "--data", data, "--for", "200ms")
            #expect(frozen.code == 0 && frozen.output.contains("undone"), "\(frozen.output)")
            try await eventually(within: .seconds(15), "the worker is connected") {
                try await cluster.instances().contains { $0["agentConnected"] == true } ? true : nil
            }
        }
    }
}
