import Chaos
import ECSAPI
import Foundation
import Identity
import Model
import NIOCore
import Runtimes

/// A manager and workers of a failure test, each a process of its own, each worker behind a link
/// that can be cut.
final class ChaosCluster {
    let home: Home
    let manager: LocalNode
    private(set) var workers: [LocalNode] = []
    private(set) var links: [String: Link] = [:]
    private var doors: [any Channel] = []
    private var client: ManagerClient?

    private static let name = "default"
    private let requests: StopRequests

    init(home: Home, requests: StopRequests) {
        self.home = home
        self.requests = requests
        manager = LocalNode(
            name: Fault.manager, folder: NodeFolder(path: home.manager),
            log: home.log(Fault.manager), arguments: [])
    }

    var nodes: [String: LocalNode] {
        Dictionary(uniqueKeysWithValues: ([manager] + workers).map { ($0.name, $0) })
    }

    /// Starts it all, and waits until every worker is there.
    func start(_ cluster: Scenario.Cluster) async throws {
        try FileManager.default.createDirectory(
            atPath: home.logs, withIntermediateDirectories: true)
        manager.arguments = Self.managerArguments(home, api: "127.0.0.1:0", workers: "127.0.0.1:0")
        try manager.start()
        let card = try await card(of: manager)
        guard let api = card.api, let listener = card.workers else {
            throw Failure(.software, "The manager does not say where it listens.")
        }
        // A manager that is killed comes back where its workers look for it.
        manager.arguments = Self.managerArguments(home, api: api, workers: listener)
        let address = try Self.address(api)
        let client = ManagerClient(address, environment: [:])
        self.client = client
        let token = try await makeToken(client)
        for name in cluster.names {
            let link = Link(to: try Self.address(listener))
            let (door, channel) = try await link.listen()
            links[name] = link
            doors.append(channel)
            let node = LocalNode(
                name: name, folder: NodeFolder(path: home.worker(name)), log: home.log(name),
                arguments: [
                    "worker", "--manager", "\(door)", "--name", name, "--data", home.worker(name),
                    "--token-file", token, "--stop-tasks", "--cpu", "\(cluster.cpu)",
                    "--memory", "\(cluster.memory)",
                ])
            workers.append(node)
            try node.start()
        }
        try await wait(upTo: .seconds(30), "all workers are registered") {
            try await self.connected() == cluster.workers
        }
    }

    private static func managerArguments(_ home: Home, api: String, workers: String) -> [String] {
        ["manager", "--data", home.manager, "--api-listen", api, "--worker-listen", workers]
    }

    private static func address(_ text: String) throws(Failure) -> Address {
        do {
            return try Address(text)
        } catch {
            throw Failure(.software, error.text)
        }
    }

    private func makeToken(_ client: ManagerClient) async throws -> String {
        let made = try await client.createJoinToken(
            cluster: Self.name, region: nil, life: .seconds(86_400))
        try FileManager.default.createDirectory(
            atPath: home.tokens, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let path = home.token(Self.name)
        try PrivateFile.write(made.token + "\n", to: path)
        return path
    }

    private func card(of node: LocalNode) async throws -> NodeFolder.Card {
        try await wait(upTo: .seconds(30), "the \(node.name) listens") { node.card != nil }
        guard let card = node.card else {
            throw Failure(.software, "The \(node.name) went away as it started.")
        }
        return card
    }

    /// Takes all processes away at once, whatever is left of them, and the links.
    func tearDown() {
        for node in workers { node.cutPower() }
        manager.dismiss()
        for door in doors { door.close(promise: nil) }
    }

    /// Stops the workers with their tasks, and then the manager.
    func stop() async throws {
        for node in workers {
            node.process?.signal(SIGCONT)
            node.terminate()
        }
        try await wait(upTo: .seconds(60), "all workers have stopped") {
            self.workers.allSatisfy { node in
                _ = node.look()
                return node.process == nil
            }
        }
        manager.terminate()
        try await wait(upTo: .seconds(30), "the manager has stopped") {
            _ = self.manager.look()
            return self.manager.process == nil
        }
        for door in doors { door.close(promise: nil) }
    }

    // MARK: What is seen

    func api() throws(Failure) -> ManagerClient {
        guard let client else { throw Failure(.software, "There is no manager yet.") }
        return client
    }

    func connected() async throws(Failure) -> Int {
        try await api().status().clusters.filter { $0.name == Self.name }.flatMap(\.workers)
            .count { $0.connected }
    }

    /// Containers that live below the workers' folders.
    func containers() throws(Failure) -> Int {
        do throws(RuntimeError) {
            var count = 0
            for node in workers {
                count += try LocalContainers.count(dataFolder: node.folder.path)
            }
            return count
        } catch {
            throw Failure(.io, "The workers' containers can't be counted: \(error.reason)")
        }
    }

    /// Processes that still work below the cluster's folder.
    func processesLeft() -> [String] {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return pids.filter { Int($0) != nil && Int32($0) != getpid() }.filter { pid in
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(home.path + "/")
        }
    }

    /// Waits until something holds; what can't be asked yet does not hold.
    func wait(
        upTo limit: Duration, _ what: String, _ holds: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            if (try? await holds()) == true { return }
            guard requests.count == 0 else { throw Failure.interrupted }
            guard ContinuousClock.now < deadline else {
                throw Failure(
                    .unavailable,
                    "After \(limit.short) it is not so that \(what). What the nodes say is in "
                        + "\(home.logs).")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
