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
func play(
    _ scenario: String, workers: Int = 0, managerArguments: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let python = "\(Programs.clients)/bin/python"
    try #require(
        FileManager.default.isExecutableFile(atPath: python),
        """
        no \(python): MUSTER_VENV must name a Python environment with awscli, boto3, grpcio-tools \
        and pytest; deploy/test makes one
        """,
        sourceLocation: sourceLocation)
    // Peers of Python come without a certificate.
    try await withCluster(
        tls: workers > 0, managerArguments: managerArguments, workers: workers
    ) { cluster in
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let top = here.deletingLastPathComponent().deletingLastPathComponent()
        let pytest = try ChildProcess(
            python,
            [
                "-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider",
                here.appendingPathComponent("python").appendingPathComponent(scenario).path,
            ], log: cluster.folder.appendingPathComponent("scenario.log"),
            environment: [
                "MUSTER_TEST_API": "127.0.0.1:\(cluster.apiPort)",
                "MUSTER_TEST_WORKERS": "127.0.0.1:\(cluster.workerPort)",
                "MUSTER_TEST_MANAGER": "\(try cluster.manager.pid)",
                "MUSTER_TEST_SCRATCH": cluster.folder.path,
                "MUSTER_TEST_PROTOS": top.appendingPathComponent("Protos").path,
                "PYTHONDONTWRITEBYTECODE": "1",
            ])
        let code = await pytest.exitCode()
        let output = pytest.output
        let errors = output.split(separator: "\n").filter { $0.hasPrefix("E ") }.prefix(8)
        #expect(
            code == 0,
            """
            \(scenario): \(errors.joined(separator: "\n"))
            \(output.suffix(8_000))
            \(cluster.managerLog)
            """, sourceLocation: sourceLocation)
        #expect(
            try cluster.manager.isRunning, "the manager ended: \(cluster.managerLog)",
            sourceLocation: sourceLocation)
    }
}

extension LocalCluster {
    var managerLog: String { "== manager\n" + ((try? manager.output.suffix(2_000)) ?? "") }
}
