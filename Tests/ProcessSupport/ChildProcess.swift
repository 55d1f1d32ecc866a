public import Foundation
import Synchronization

/// A process that a test started, with its output in a file.
public final class ChildProcess: Sendable {
    public let pid: Int32
    public let log: URL
    private let process: Mutex<Process>
    private let ended: AsyncStream<Int32>

    public init(
        _ executable: String, _ arguments: [String], log: URL, environment: [String: String] = [:]
    ) throws {
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let (stream, continuation) = AsyncStream.makeStream(
            of: Int32.self, bufferingPolicy: .bufferingNewest(1))
        process.terminationHandler = { process in
            let bySignal = process.terminationReason == .uncaughtSignal
            continuation.yield((bySignal ? 128 : 0) + process.terminationStatus)
            continuation.finish()
        }
        try process.run()
        pid = process.processIdentifier
        self.log = log
        self.process = Mutex(process)
        ended = stream
    }

    public var isRunning: Bool { process.withLock { $0.isRunning } }

    public func signal(_ number: Int32) {
        if isRunning { kill(pid, number) }
    }

    /// Waits for the end; once only. 128 + n stands for signal n.
    public func exitCode() async -> Int32 {
        await ended.first { _ in true } ?? -1
    }

    public var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
}

/// Where the programs under test are.
public enum Programs {
    /// Beside the test bundle, or where `MUSTER_BINARY` says.
    public static var muster: String {
        if let path = ProcessInfo.processInfo.environment["MUSTER_BINARY"] { return path }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: tests ?? "").deletingLastPathComponent()
            .appendingPathComponent("muster").path
    }

    /// The peer for tests with other implementations of gRPC, built with the programs.
    public static var peer: String {
        URL(fileURLWithPath: muster).deletingLastPathComponent()
            .appendingPathComponent("rpc-peer").path
    }

    /// The virtual environment with the AWS CLI, boto3 and grpcio that `deploy/test` makes.
    public static var clients: String {
        ProcessInfo.processInfo.environment["MUSTER_VENV"] ?? ""
    }

    /// A TCP port of loopback that was free a moment ago.
    public static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard result else { throw CocoaError(.featureUnsupported) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
