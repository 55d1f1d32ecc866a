import Foundation
import ProcessSupport
import Testing

extension InteropSerial {
    /// The cells that `deploy/interop` prints as a matrix; they are in the folder `matrix`.
    @Suite("gRPC's interoperability tests with other implementations")
    struct MatrixSerial {
        @Test(
            "Every case that applies to a pair of client and server",
            arguments: ["grpcio", "to-grpcio", "to-c++", "ours", "nghttp"])
        func pair(_ pair: String) async throws {
            try await withScratch { folder in
                let matrix = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                    .appendingPathComponent("matrix")
                let pytest = try ChildProcess(
                    "\(Programs.clients)/bin/python",
                    [
                        "-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider",
                        "--pair", pair, matrix.path,
                    ], log: folder.appendingPathComponent("matrix.log"),
                    environment: [
                        "MUSTER_TEST_PEER": Programs.peer, "PYTHONDONTWRITEBYTECODE": "1",
                    ])
                let code = await pytest.exitCode()
                let failures = pytest.output.split(separator: "\n").filter { line in
                    ["E ", "FAILED"].contains { line.hasPrefix($0) } || line.contains("MISSING")
                }
                #expect(
                    code == 0,
                    """
                    \(failures.prefix(20).joined(separator: "\n"))
                    \(pytest.output.suffix(8_000))
                    """)
            }
        }
    }
}
