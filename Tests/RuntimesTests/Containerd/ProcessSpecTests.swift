import Foundation
import Model
import Testing

@testable import Runtimes

@Suite("What a command gets of its container")
struct ProcessSpecTests {
    /// As containerd keeps it; much of it is nobody's business here.
    private static let container = Array(
        """
        {"ociVersion":"1.0.2","process":{"user":{"uid":33,"gid":33,"additionalGids":[4]},
        "args":["nginx"],"env":["PATH=/bin","TERM=dumb"],"cwd":"/srv",
        "capabilities":{"bounding":["CAP_KILL"]},
        "rlimits":[{"type":"RLIMIT_NOFILE","hard":9,"soft":8}],
        "noNewPrivileges":true,"oomScoreAdj":-5},"root":{"path":"rootfs"},"linux":{}}
        """.utf8)

    private let order = ExecOrder(
        task: .init(high: 1, low: 2), container: "web", command: ["ls", ""])

    @Test("is all but the program, and comes out as it went in")
    func taken() throws {
        let spec = try ProcessSpec(ofContainer: Self.container).running(order)
        #expect(spec.args == ["ls", ""] && spec.cwd == "/srv" && spec.terminal == false)
        #expect(spec.user == ProcessSpec.User(uid: 33, gid: 33, additionalGids: [4]))
        #expect(spec.env == ["PATH=/bin", "TERM=dumb"])
        #expect(spec.capabilities?.bounding == ["CAP_KILL"] && spec.noNewPrivileges == true)
        #expect(spec.rlimits == [ProcessSpec.Limit(type: "RLIMIT_NOFILE", hard: 9, soft: 8)])
        #expect(spec.oomScoreAdj == -5)
        #expect(try JSONDecoder().decode(ProcessSpec.self, from: Data(spec.json)) == spec)
    }

    @Test("has the terminal of the one who asked, in place of the container's")
    func terminal() throws {
        var order = order
        order.terminal = ExecTerminal(type: "xterm", size: TerminalSize(columns: 100, rows: 30))
        let spec = try ProcessSpec(ofContainer: Self.container).running(order)
        #expect(spec.env == ["PATH=/bin", "TERM=xterm"])
        #expect(spec.terminal == true && spec.consoleSize == .init(height: 30, width: 100))
    }

    @Test("is nothing where there is no specification")
    func missing() {
        #expect(throws: (any Error).self) { try ProcessSpec(ofContainer: []) }
        #expect(throws: (any Error).self) { try ProcessSpec(ofContainer: Array("{}".utf8)) }
    }
}
