import Dispatch
import Foundation
import ProcessSupport

/// The server under attack, a process of its own.
actor TargetProcess {
    static let shared = Task { try await TargetProcess() }

    let ports: Ports
    private nonisolated let process: Process
    private let input: FileHandle
    private let output: FileHandle
    private var pending = ""

    private init() async throws {
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: Programs.muster)
            .deletingLastPathComponent().appendingPathComponent("attack-target")
        process.standardInput = input
        process.standardOutput = output
        // Ends with this process: its standard input does.
        try process.run()
        self.process = process
        self.input = input.fileHandleForWriting
        self.output = output.fileHandleForReading
        let first = try await Self.line(output.fileHandleForReading)
        let numbers = first.split(separator: " ").dropFirst().compactMap { Int($0) }
        guard numbers.count == 2 else { throw Silent(said: first) }
        ports = Ports(plain: numbers[0], secure: numbers[1])
    }

    struct Silent: Error {
        var said: String
    }

    /// The counters of defences by their label `kind`.
    func defences() async throws -> [String: Int] {
        try input.write(contentsOf: Data("\n".utf8))
        var counts: [String: Int] = [:]
        while true {
            let line = try await Self.line(output)
            if line == "end" { return counts }
            if let (kind, count) = Defences.read(line) { counts[kind] = count }
        }
    }

    nonisolated var memory: Memory { Memory(pid: process.processIdentifier) }

    /// Reads a line on a thread that may block.
    private static func line(_ handle: FileHandle) async throws -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var bytes: [UInt8] = []
                while let byte = try? handle.read(upToCount: 1)?.first, byte != 0x0A {
                    bytes.append(byte)
                }
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
