import Foundation
import ProcessSupport
import Testing

/// A manager on a folder of the test's choice.
struct OwnManager {
    let process: ChildProcess
    let client: ECSClient

    init(data: URL) throws {
        let port = try Programs.freePort()
        let log = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-test-\(UUID().uuidString.prefix(8)).log")
        process = try ChildProcess(
            Programs.muster,
            [
                "manager", "--data", data.path, "--api-listen", "127.0.0.1:\(port)",
                "--worker-listen", "127.0.0.1:\(try Programs.freePort())",
            ], log: log)
        client = ECSClient(port: port)
    }

    func answers() async throws {
        try await eventually(within: .seconds(30), "the manager answers: \(process.output)") {
            try await client.call("ListClusters")
        }
    }

    /// Asks it to end, as an operator does.
    func end() async {
        process.signal(SIGTERM)
        #expect(await process.exitCode() == 0, "\(process.output)")
        try? FileManager.default.removeItem(at: process.log)
    }
}

/// A manager that is expected to refuse its folder.
struct Attempt {
    let exitCode: Int32
    let output: String

    init(on data: URL) async throws {
        let manager = try OwnManager(data: data)
        let watchdog = Task {
            // A limit to the wait for its end.
            try await ContinuousClock().sleep(for: .seconds(20))
            manager.process.signal(SIGKILL)
        }
        exitCode = await manager.process.exitCode()
        watchdog.cancel()
        output = manager.process.output
        try? FileManager.default.removeItem(at: manager.process.log)
    }

    /// It ended by itself, with an exit code of its own choice and all these words.
    func expect(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            exitCode > 0 && exitCode < 128, "exit code \(exitCode): \(output)",
            sourceLocation: sourceLocation)
        for word in words {
            #expect(
                output.contains(word), "no '\(word)' in: \(output)", sourceLocation: sourceLocation)
        }
        #expect(!output.contains("Fatal error"), "\(output)", sourceLocation: sourceLocation)
    }
}

/// A folder that is gone afterwards.
func withScratch(_ story: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("muster-test-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await story(folder)
}

/// A file system of its own in memory, with the options that `mount` is given. Needs root.
func withMount(_ options: String, _ story: (URL) async throws -> Void) async throws {
    try await withScratch { folder in
        try run("/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.path)
        defer { try? run("/bin/umount", "--lazy", folder.path) }
        try await story(folder)
    }
}

/// Writes until no space is left.
func fill(_ file: URL) {
    guard FileManager.default.createFile(atPath: file.path, contents: nil),
        let handle = try? FileHandle(forWritingTo: file)
    else { return }
    for size in [65_536, 4_096, 512] {
        while (try? handle.write(contentsOf: Data(count: size))) != nil {}
    }
    try? handle.close()
}

/// Runs a program to its end, which has to be a good one.
func run(_ program: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw ProgramFailed(
            what: "\(program) \(arguments.joined(separator: " ")): "
                + String(decoding: said, as: UTF8.self))
    }
}

struct ProgramFailed: Error, CustomStringConvertible {
    var what: String
    var description: String { what }
}
