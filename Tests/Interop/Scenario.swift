import Foundation
import ProcessSupport
import Testing

/// Muster's API and worker protocol as clients see them that know nothing of Muster: the AWS CLI,
/// boto3, grpcio, raw sockets. The scenarios are Python, in the folder `python`.
@Suite("Interop", .serialized)
enum InteropSerial {}

/// Runs one scenario of `python` against a cluster of its own.
///
/// - Parameters:
///   - scenario: File and function as pytest names them: `test_tasks.py::test_unknown_ones`.
///   - workers: How many of Muster's own workers run in the cluster `default`.
///   - environment: What the scenario is told besides.
func play(
    _ scenario: String, workers: Int = 0, managerArguments: [String] = [],
    environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    // Peers of Python come without a certificate.
    try await withCluster(
        tls: workers > 0, managerArguments: managerArguments, workers: workers
    ) { cluster in
        try await play(
            scenario, folder: cluster.folder, apiPort: cluster.apiPort,
            workerPort: cluster.workerPort, manager: try cluster.manager.pid,
            environment: environment, log: { cluster.managerLog }, sourceLocation: sourceLocation)
        #expect(
            try cluster.manager.isRunning, "the manager ended: \(cluster.managerLog)",
            sourceLocation: sourceLocation)
    }
}

/// Runs one scenario of `python` that starts and ends managers and workers itself.
func playAlone(
    _ scenario: String, environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    try await withScratch { folder in
        try await play(
            scenario, folder: folder, apiPort: try Programs.freePort(),
            workerPort: try Programs.freePort(), manager: nil,
            environment: environment, log: { "" }, sourceLocation: sourceLocation)
    }
}

private func play(
    _ scenario: String, folder: URL, apiPort: Int, workerPort: Int, manager: Int32?,
    environment more: [String: String] = [:], log: () -> String, sourceLocation: SourceLocation
) async throws {
    let python = "\(Programs.clients)/bin/python"
    try #require(
        FileManager.default.isExecutableFile(atPath: python),
        """
        no \(python): MUSTER_VENV must name a Python environment with awscli, boto3, grpcio-tools \
        and pytest; deploy/test makes one
        """,
        sourceLocation: sourceLocation)
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let top = here.deletingLastPathComponent().deletingLastPathComponent()
    var environment = [
        "MUSTER_TEST_API": "127.0.0.1:\(apiPort)",
        "MUSTER_TEST_WORKERS": "127.0.0.1:\(workerPort)",
        "MUSTER_TEST_BINARY": Programs.muster,
        "MUSTER_TEST_SCRATCH": folder.path,
        "MUSTER_TEST_PROTOS": top.appendingPathComponent("Protos").path,
        "PYTHONDONTWRITEBYTECODE": "1",
    ]
    if let manager { environment["MUSTER_TEST_MANAGER"] = "\(manager)" }
    environment.merge(more) { $1 }
    let pytest = try ChildProcess(
        python,
        [
            "-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider",
            here.appendingPathComponent("python").appendingPathComponent(scenario).path,
        ], log: folder.appendingPathComponent("scenario.log"), environment: environment)
    let code = await pytest.exitCode()
    let output = pytest.output
    let errors = output.split(separator: "\n").filter { $0.hasPrefix("E ") }.prefix(8)
    #expect(
        code == 0,
        """
        \(scenario): \(errors.joined(separator: "\n"))
        \(output.suffix(8_000))
        \(log())
        """, sourceLocation: sourceLocation)
    // Figures and the like: `tell` of support.py. deploy/test shows these lines.
    let told = try? String(contentsOf: folder.appendingPathComponent("told.txt"), encoding: .utf8)
    for line in (told ?? "").split(separator: "\n") { print("» \(line)") }
}

extension LocalCluster {
    var managerLog: String { "== manager\n" + ((try? manager.output.suffix(2_000)) ?? "") }
}
