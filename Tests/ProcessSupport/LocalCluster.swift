public import Foundation
import Synchronization

/// A real manager and real workers on this machine, in a folder of their own, on free ports. They
/// prove to each other who they are, unless told otherwise.
///
/// ``end()`` kills everything, containers included, and removes the folder.
public final class LocalCluster: Sendable {
    public let folder: URL
    public let apiPort: Int
    public let workerPort: Int
    public let client: ECSClient
    private let tls: Bool
    private let managerArguments: [String]
    private let state = Mutex(State())

    private struct State {
        var manager: ChildProcess?
        var workers: [String: ChildProcess] = [:]
    }

    /// Starts a manager.
    public init(tls: Bool = true, managerArguments: [String] = []) async throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("muster-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        apiPort = try Programs.freePort()
        workerPort = try Programs.freePort()
        client = ECSClient(port: apiPort)
        self.tls = tls
        self.managerArguments = managerArguments + (tls ? [] : ["--no-tls"])
        try await startManager()
    }

    /// A file for join tokens.
    public func tokenFile(_ name: String) -> URL {
        folder.appendingPathComponent("\(name).token")
    }

    /// Puts a new join token into a file.
    ///
    /// - Returns: The token's id.
    @discardableResult
    public func makeToken(
        cluster: String = "default", seconds: Int = 3_600, in file: URL
    ) async throws -> String {
        let made = try await client.muster(
            "join-tokens", ["cluster": .string(cluster), "seconds": .number(Double(seconds))])
        try Data("\(made["token"].string)\n".utf8).write(to: file)
        return made["id"].string
    }

    public var managerData: URL { folder.appendingPathComponent("manager") }

    public func workerData(_ name: String) -> URL {
        folder.appendingPathComponent("workers").appendingPathComponent(name)
    }

    public func startManager() async throws {
        let process = try ChildProcess(
            Programs.muster,
            [
                "manager", "--data", managerData.path, "--api-listen", "127.0.0.1:\(apiPort)",
                "--worker-listen", "127.0.0.1:\(workerPort)",
            ] + managerArguments, log: folder.appendingPathComponent("manager.log"))
        state.withLock { $0.manager = process }
        try await eventually(within: .seconds(30), "the manager answers") {
            guard process.isRunning else { throw Ended(output: process.output) }
            return try await self.client.call("ListClusters")
        }
    }

    public struct Ended: Error, CustomStringConvertible {
        var output: String
        public var description: String { "the process ended: \(output.suffix(2_000))" }
    }

    public var manager: ChildProcess {
        get throws {
            guard let manager = state.withLock({ $0.manager }) else { throw Ended(output: "") }
            return manager
        }
    }

    public func worker(_ name: String) throws -> ChildProcess {
        guard let worker = state.withLock({ $0.workers[name] }) else { throw Ended(output: name) }
        return worker
    }

    /// kill -9, and waits for the end.
    public func killManager() async throws {
        let manager = try manager
        manager.signal(SIGKILL)
        _ = await manager.exitCode()
    }

    /// - Parameter token: The file of its join token; `nil` gives it none.
    @discardableResult
    public func startWorker(
        _ name: String, cluster: String = "default", cpu: Int = 4_096, memory: Int = 4_096,
        token: URL?, arguments: [String] = []
    ) throws -> ChildProcess {
        let proof = tls ? token.map { ["--token-file", $0.path] } ?? [] : ["--no-tls"]
        try FileManager.default.createDirectory(
            at: workerData(name), withIntermediateDirectories: true)
        let process = try ChildProcess(
            Programs.muster,
            [
                "worker", "--manager", "127.0.0.1:\(workerPort)", "--cluster", cluster, "--name",
                name, "--data", workerData(name).path, "--cpu", "\(cpu)", "--memory", "\(memory)",
            ] + proof + arguments, log: folder.appendingPathComponent("\(name).log"))
        state.withLock { $0.workers[name] = process }
        return process
    }

    /// With the cluster's token that is there for all.
    @discardableResult
    public func startWorker(
        _ name: String, cluster: String = "default", arguments: [String] = []
    ) async throws -> ChildProcess {
        let file = tokenFile(cluster)
        if tls, !FileManager.default.fileExists(atPath: file.path) {
            try await makeToken(cluster: cluster, in: file)
        }
        return try startWorker(name, cluster: cluster, token: file, arguments: arguments)
    }

    /// Waits until that many instances are connected.
    public func waitForWorkers(_ count: Int, cluster: String = "default") async throws {
        try await eventually(within: .seconds(20), "\(count) connected workers") {
            try await self.instances(cluster).filter { $0["agentConnected"] == true }.count == count
                ? true : nil
        }
    }

    /// The instances by their description.
    public func instances(_ cluster: String = "default") async throws -> [JSON] {
        let arns = try await client.call(
            "ListContainerInstances", ["cluster": .string(cluster)])["containerInstanceArns"]
        guard !arns.items.isEmpty else { return [] }
        return try await client.call(
            "DescribeContainerInstances",
            ["cluster": .string(cluster), "containerInstances": arns])["containerInstances"].items
    }

    /// The tasks by their description, those wanted RUNNING unless told otherwise.
    public func tasks(_ filter: [String: JSON] = [:]) async throws -> [JSON] {
        let arns = try await client.call("ListTasks", .object(filter))["taskArns"]
        guard !arns.items.isEmpty else { return [] }
        return try await client.call("DescribeTasks", ["tasks": arns])["tasks"].items
    }

    /// Runs a verb of the command against this manager's API, to its end.
    public func muster(_ words: String...) async throws -> (code: Int32, output: String) {
        let log = folder.appendingPathComponent("verb-\(UUID().uuidString.prefix(8))")
        let process = try ChildProcess(
            Programs.muster, words + ["--api", "http://127.0.0.1:\(apiPort)"], log: log)
        return (await process.exitCode(), process.output)
    }

    /// Cuts a worker's power: its agent and all its containers die at once.
    public func killHost(_ name: String) async throws {
        let process = try ChildProcess(
            Programs.muster, ["kill-host", name, "--data", folder.path],
            log: folder.appendingPathComponent("kill-host.log"))
        guard await process.exitCode() == 0 else { throw Ended(output: process.output) }
    }

    /// Ends everything and removes the folder.
    public func end() async {
        let (manager, workers) = state.withLock { ($0.manager, $0.workers) }
        for name in workers.keys.sorted() {
            try? await killHost(name)
            workers[name]?.signal(SIGKILL)
        }
        manager?.signal(SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }
}

/// Runs a story on a cluster that is gone afterwards, whatever happened.
public func withCluster<Result: Sendable>(
    tls: Bool = true, managerArguments: [String] = [], workers: Int = 0,
    _ story: (LocalCluster) async throws -> Result
) async throws -> Result {
    let cluster = try await LocalCluster(tls: tls, managerArguments: managerArguments)
    do {
        for number in 0..<workers {
            try await cluster.startWorker("worker-\(number + 1)")
        }
        if workers > 0 { try await cluster.waitForWorkers(workers) }
        let result = try await story(cluster)
        await cluster.end()
        return result
    } catch {
        let logs = (try? FileManager.default.contentsOfDirectory(atPath: cluster.folder.path)) ?? []
        for log in logs.sorted() where log.hasSuffix(".log") {
            let path = cluster.folder.appendingPathComponent(log)
            let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
            FileHandle.standardError.write(Data("== \(log)\n\(text.suffix(3_000))\n".utf8))
        }
        await cluster.end()
        throw error
    }
}
