import Foundation
import ProcessSupport
import Testing

/// `muster up` as a person uses it: a process in a terminal.
@Suite("muster up", .serialized, .timeLimit(.minutes(2)))
struct UpSerial {
    @Test("It brings a cluster up, and Ctrl-C ends every node")
    func upAndDown() async throws {
        try await withHome { home in
            let up = try home.up()
            let api = try await home.ready(up)
            let status = try await home.run(["status", "--api", api])
            #expect(status.code == 0 && status.output.contains("2 of 2 workers connected"))
            up.signal(SIGINT)
            #expect(await up.exitCode() == 0)
            #expect(try await home.run(["status", "--api", api]).code == 69)
            #expect(home.pids.isEmpty)
        }
    }

    @Test("Killed, it leaves the nodes alone; the next one takes them over")
    func takesOver() async throws {
        try await withHome { home in
            let first = try home.up()
            let api = try await home.ready(first)
            let before = home.pids
            first.signal(SIGKILL)
            _ = await first.exitCode()
            let second = try home.up(log: "second")
            #expect(try await home.ready(second) == api)
            #expect(home.pids == before)
            #expect(second.output.contains("still running"))
            second.signal(SIGINT)
            #expect(await second.exitCode() == 0)
            #expect(home.pids.isEmpty)
        }
    }

    @Test("A data folder in use is refused with the pid, and what runs there goes on")
    func folderInUse() async throws {
        try await withHome { home in
            let up = try home.up()
            let api = try await home.ready(up)
            let second = try await home.run(["up", "--data", home.folder.path])
            #expect(second.code == 75 && second.output.contains("process \(up.pid)"))
            let manager = try await home.run([
                "manager", "--data", home.folder.path + "/manager", "--api-listen", "127.0.0.1:0",
            ])
            #expect(manager.code == 75)
            #expect(try await home.run(["status", "--api", api]).code == 0)
            up.signal(SIGINT)
            _ = await up.exitCode()
        }
    }

    @Test("A node that is killed is told of with the line that brings it back, and seen returning")
    func bringBack() async throws {
        try await withHome { home in
            let up = try home.up()
            let api = try await home.ready(up)
            let killed = try await home.run(["kill-host", "worker-2", "--data", home.folder.path])
            #expect(killed.code == 0 && killed.output.contains("lost power"))
            let line = try await eventually(within: .seconds(5), "the line") {
                up.output.split(separator: "\n")
                    .last { $0.contains(" worker ") && $0.contains("--name worker-2") }
            }
            let words = line.split(separator: " ").dropFirst().map(String.init)
            let worker = try ChildProcess(
                Programs.muster, words, log: home.folder.appendingPathComponent("by-hand"))
            try await eventually(within: .seconds(10), "worker-2 is back") {
                let status = try await home.run(["status", "--api", api])
                return up.output.contains("is back (pid \(worker.pid))")
                    && status.output.contains("2 of 2 workers connected") ? true : nil
            }
            up.signal(SIGINT)
            #expect(await up.exitCode() == 0)
            #expect(await worker.exitCode() == 0)
        }
    }
}

/// A folder for one cluster of two workers, gone afterwards with everything that ran in it.
struct UpHome: Sendable {
    let folder: URL

    func up(log: String = "up") throws -> ChildProcess {
        try ChildProcess(
            Programs.muster,
            [
                "up", "--workers", "2", "--data", folder.path, "--api-listen", "127.0.0.1:0",
                "--worker-listen", "127.0.0.1:0",
            ], log: folder.appendingPathComponent(log))
    }

    /// The API's endpoint once the cluster is ready.
    func ready(_ up: ChildProcess) async throws -> String {
        try await eventually(within: .seconds(30), "the cluster is ready") {
            guard up.output.contains("Ctrl-C stops") else { return nil }
            return up.output.split(whereSeparator: \.isWhitespace)
                .first { $0.hasPrefix("AWS_ENDPOINT_URL=") }
                .map { String($0.dropFirst("AWS_ENDPOINT_URL=".count)) }
        }
    }

    func run(_ arguments: [String]) async throws -> (code: Int32, output: String) {
        let log = folder.appendingPathComponent("run-\(UUID().uuidString)")
        let process = try ChildProcess(Programs.muster, arguments, log: log)
        return (await process.exitCode(), process.output)
    }

    /// The living processes whose command line names this folder, but for `up` itself.
    var pids: Set<Int32> {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return Set(
            all.compactMap { Int32($0) }.filter { pid in
                let words = (FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data())
                    .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                return words.contains { $0.hasPrefix(folder.path + "/") } && !words.contains("up")
            })
    }
}

func withHome(_ story: (UpHome) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("muster-up-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let home = UpHome(folder: folder)
    let outcome: (any Error)?
    do {
        try await story(home)
        outcome = nil
    } catch {
        outcome = error
    }
    for pid in home.pids { kill(pid, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
    if let outcome { throw outcome }
}
